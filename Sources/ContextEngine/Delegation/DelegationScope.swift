package import ContextCore

/// What a delegation opens: one conversation, and collections to answer from.
///
/// Written as `scope` is in RFC 8693, words with spaces between them:
///
///     conversation:c_123 collection:notes collection:error-solutions
package struct DelegationScope: Hashable, Sendable {
    package let conversation: String

    /// Names, each once, in their order; none for prompts that are answered from the conversation alone.
    package let collections: [String]

    package init(conversation: String, collections: [String] = []) {
        self.conversation = conversation
        self.collections = collections.uniqued()
    }

    /// - Throws: ``ContextError`` (token scope) for a word that means nothing here, rather than opening what is left, and
    ///   unless there is exactly one conversation.
    package init(_ text: String) throws(ContextError) {
        var conversations: [String] = []
        var collections: [String] = []
        for word in text.split(separator: " ") {
            let parts = word.split(separator: ":", maxSplits: 1)
            switch (parts.first, parts.dropFirst().first) {
            case ("conversation", let id?): conversations.append(String(id))
            case ("collection", let name?): collections.append(String(name))
            default:
                throw ContextError(
                    .tokenScope,
                    "The token's scope has “\(String(word).clipped(to: 80))”; use conversation:ID and collection:NAME."
                )
            }
        }
        guard let conversation = conversations.first, Set(conversations).count == 1 else {
            throw ContextError(
                .tokenScope,
                "The token's scope opens \(Set(conversations).count) conversations; it has to be one: conversation:ID."
            )
        }
        self.init(conversation: conversation, collections: collections)
    }

    package var text: String {
        (["conversation:\(conversation)"] + collections.map { "collection:\($0)" }).joined(separator: " ")
    }
}
