/// Every sentence that Roost puts into a prompt by itself.
enum PromptTexts {
    /// Before a conversation's own system prompt; also where it has none.
    static let boundaries =
        """
        Answer from the passages and the conversation that you are given. When they don't hold the answer and the question \
        needs them, decline politely in a sentence or two, say what you can help with instead, and name the nearest topics \
        that you are told of. Never invent a source.
        """

    static let summaryHeading = "Summary of the conversation so far:\n"

    static let passagesHeading =
        "Passages that may help, each with its number. Cite those that you use, like [1]; ignore those that don't fit.\n\n"

    static let questionHeading = "\n\n---\n\n"

    static func nothingFound(_ topics: [String]) -> String {
        let nearest = topics.isEmpty ? "" : " The nearest topics are: \(topics.joined(separator: "; "))."
        return "No passage was found for what follows.\(nearest)" + questionHeading
    }

    static func summaryInstruction(words: Int) -> String {
        """
        Summarise the conversation below for somebody who has to continue it. Keep facts, names, numbers, decisions and \
        open questions; leave out greetings and repetitions. Write plain sentences, no headings, at most \(words) words.
        """
    }
}
