import ContextCore
import Embeddings

struct EmbedCommand: Command {
    static let syntax = CommandSyntax(
        name: "embed",
        summary: "Turn texts into vectors with the configured embedder.",
        operand: .init(
            name: "TEXT",
            summary: "What to embed; - reads a text a line from standard input.",
            count: 1...1_024
        )
    )

    private let texts: [String]

    private static let standardInput = "-"

    init(_ arguments: ParsedArguments) throws(UsageError) {
        texts = arguments.operands
        guard texts == [Self.standardInput] || !texts.contains(Self.standardInput) else {
            throw UsageError("- stands alone: the texts come from standard input or from the command line.")
        }
        if let place = texts.firstIndex(where: { $0.allSatisfy(\.isWhitespace) }) {
            throw UsageError("text \(place + 1) is blank: a blank text has no vector.")
        }
    }

    func run(_ invocation: Invocation) async throws {
        try await withClient(invocation.configuration.languageModel) { client in
            let choice = try EmbedderChoice(invocation.configuration, client: client, log: invocation.log)
            guard let embedder = choice.configured else {
                throw CommandFailure(choice.problems.first ?? "no embedder is configured; set embeddings.provider.")
            }
            try await run(invocation, embedder)
        }
    }

    private func run(_ invocation: Invocation, _ embedder: any Embedder) async throws {
        let output = EmbeddingOutput(invocation, model: embedder.name)
        guard texts == [Self.standardInput] else {
            return try await embed(texts, embedder, batch: invocation.configuration.embeddings.batchSize, output)
        }
        try await embedLines(of: try LineInput(), embedder, invocation, output)
    }

    private func embed(
        _ texts: [String],
        _ embedder: any Embedder,
        batch: Int,
        _ output: EmbeddingOutput
    ) async throws {
        for start in stride(from: 0, to: texts.count, by: batch) {
            let texts = Array(texts[start..<min(start + batch, texts.count)])
            for (text, embedding) in zip(texts, try await embedder.embed(texts, for: .passage)) {
                try output.show(text, embedding)
            }
        }
    }

    /// Line by line as they come: a batch is what is there already.
    private func embedLines(
        of input: LineInput,
        _ embedder: any Embedder,
        _ invocation: Invocation,
        _ output: EmbeddingOutput
    ) async throws {
        let batch = invocation.configuration.embeddings.batchSize
        while let line = try await input.next() {
            var lines = [line]
            while lines.count < batch, let next = try input.waiting() { lines.append(next) }
            let first = input.count - lines.count
            if let blank = lines.firstIndex(where: { $0.allSatisfy(\.isWhitespace) }) {
                try await embed(Array(lines[..<blank]), embedder, batch: batch, output)
                throw CommandFailure(
                    "line \(first + blank + 1) of standard input is blank: a blank text has no vector; nothing after it was read."
                )
            }
            try await embed(lines, embedder, batch: batch, output)
        }
    }
}

/// Vectors as lines of JSON; for a person their measures and their first numbers.
private struct EmbeddingOutput {
    private let invocation: Invocation
    private let model: String
    private let isForPrograms: Bool

    /// Numbers of a vector that a person is shown.
    private static let shownNumbers = 6

    init(_ invocation: Invocation, model: String) {
        self.invocation = invocation
        self.model = model
        isForPrograms = invocation.wantsJSON || !invocation.terminal.hasReader
    }

    func show(_ text: String, _ embedding: Embedding) throws {
        if isForPrograms {
            return try invocation.print(writing: EmbeddingLine(text: text, embedding: embedding, model: model))
        }
        let terminal = invocation.terminal
        let numbers = embedding.vector.prefix(Self.shownNumbers).map { "\(Double($0).rounded(to: 4))" }
        let windows = embedding.windows == 1 ? "1 window" : "\(embedding.windows) windows"
        try terminal.print(terminal.emphasized(Terminal.printable(text).clipped(to: 72)))
        try terminal.print(
            "  \(embedding.vector.count) numbers, \(embedding.tokenCount) tokens, \(windows)  "
                + terminal.dimmed("[\(numbers.joined(separator: ", ")), …]  \(model)")
        )
    }
}

/// A text with its vector, whose numbers have the fewest digits that read back as they were.
private struct EmbeddingLine: JSONWritable {
    let text: String
    let embedding: Embedding
    let model: String

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("text", text)
            json.member("embedding", embedding.vector)
            json.member("model", model)
            json.member("dimensions", embedding.vector.count)
            json.member("tokenCount", embedding.tokenCount)
            json.member("windows", embedding.windows)
        }
    }
}
