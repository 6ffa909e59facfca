import Foundation
import RoostClient

/// Embeds a few sentences, uploads them into a session, and finds the one that a question means; then talks about it in a
/// conversation that the server keeps.
///
///     script/server                            # in one terminal
///     swift run SwiftClientExample             # in another; or with the server's address
@main struct Lighthouse {
    static let sentences = [
        "The keeper lights the lamp at dusk and puts it out at dawn.",
        "Gulls nest on the gallery in spring.",
        "The fog horn sounds twice a minute when ships can't see the light.",
    ]

    static func main() async throws {
        let address = CommandLine.arguments.dropFirst().first ?? "http://127.0.0.1:8092"
        guard let server = URL(string: address) else { return print("“\(address)” is no address.") }
        var options = ClientOptions()
        options.resumesUploads = true
        let roost = RoostClient(server: server, options: options)

        let embeddings = try await roost.embed(sentences)
        let vectors = zip(sentences, embeddings).enumerated().map { number, item in
            SessionVector(
                id: "sentence-\(number)",
                vector: item.1.vector,
                metadata: ["text": .string(item.0), "chapter": .number(Double(number + 1))]
            )
        }

        try await roost.withSession { session in
            let report = try await session.upload(vectors, replacing: true)
            print("\(report.uploaded) vectors uploaded, \(report.rejected) rejected")

            let question = "What warns ships in fog?"
            let query = try await roost.embed(question)
            let found = try await session.search(query.vector, k: 1, filter: Field("chapter") >= 2)
            for hit in found.hits { print(hit.id, hit.score, hit.metadata["text"]?.text ?? "") }

            for try await event in try await session.ask(question, AskOptions(vectors: .init(threshold: 0.2))) {
                switch event {
                case .text(let piece): print(piece, terminator: "")
                case .end(let end): print("\n(\(end.reason), from \(end.citations.joined(separator: ", ")))")
                }
            }
        }
        try await talk(to: roost)
    }

    /// Two messages: the answer to the first one whole, the other as it comes.
    static func talk(to roost: RoostClient) async throws {
        let conversation = try await roost.startConversation(systemPrompt: "You keep a lighthouse.", title: "The lamp")
        let reply = try await roost.sendMessage(conversation.id, content: "When do you light the lamp?")
        print("\(reply.message.model ?? "nobody"): \(reply.message.content)")
        for try await event in try await roost.streamMessage(conversation.id, content: "And in fog?") {
            if case .text(let piece) = event { print(piece, terminator: "") }
        }
        print("\n\(try await roost.history(conversation.id).count) messages were said")
        try await roost.deleteConversation(conversation.id)
    }
}
