import ContextCore

/// Reads Ollama's lines; the one with `done` is the last.
///
/// Its tool calls come whole and without ids.
package struct OllamaDecoder: AnswerDecoder {
    private let model: ModelName
    private var parser = LineParser()
    private var calls = 0
    private var isDone = false
    package private(set) var progress = 0

    init(_ model: ModelName) {
        self.model = model
    }

    package mutating func receive(_ bytes: [UInt8], into events: inout [ModelEvent]) throws(ModelError) {
        let lines: [[UInt8]]
        do {
            lines = try parser.receive(bytes)
        } catch {
            throw ModelError(.malformed, model, "The answer has a line of more than \(error.limit) bytes.")
        }
        for line in lines { events += try read(line) }
    }

    package mutating func end() throws(ModelError) -> [ModelEvent] {
        let events = try parser.end().map { (line) throws(ModelError) in try read(line) } ?? []
        guard isDone else { throw ModelError(.connectionLost, model, "the stream ended before the answer did") }
        return events
    }

    package mutating func receive(whole body: [UInt8]) throws(ModelError) -> [ModelEvent] {
        var events: [ModelEvent] = []
        try receive(body, into: &events)
        if let line = parser.end() { events += try read(line) }
        guard isDone else { throw ProviderJSON.malformed(body, model) }
        return events
    }

    private mutating func read(_ line: [UInt8]) throws(ModelError) -> [ModelEvent] {
        guard !isDone else { return [] }
        let piece = try ProviderJSON.decode(OllamaPiece.self, from: line, model)
        if let error = piece.error { throw ProviderFault.error(inStream: .object(["error": error]), model) }
        if piece.message?.isProgress ?? false { progress += 1 }
        var events: [ModelEvent] = []
        if let text = piece.message?.content, !text.isEmpty { events.append(.text(text)) }
        for call in piece.message?.toolCalls ?? [] {
            let arguments = call.function.arguments.description
            events.append(.toolCall(ToolCall(id: "call_\(calls)", name: call.function.name, arguments: arguments)))
            calls += 1
        }
        if piece.done == true {
            isDone = true
            events.append(.finished(finish(piece.doneReason ?? "stop"), piece.usage))
        }
        return events
    }

    private func finish(_ word: String) -> FinishReason {
        switch word {
        case "stop": calls > 0 ? .toolCalls : .stop
        case "length": .length
        default: .other(word)
        }
    }
}

struct OllamaPiece: Decodable {
    let message: OllamaMessage?
    let done: Bool?
    let doneReason: String?
    let promptTokens: Int?
    let answerTokens: Int?
    let error: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case message, done, error
        case doneReason = "done_reason"
        case promptTokens = "prompt_eval_count"
        case answerTokens = "eval_count"
    }

    var usage: TokenUsage { TokenUsage(input: promptTokens, output: answerTokens) }
}
