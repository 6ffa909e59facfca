import ContextCore
import HTTP

/// Reads a stream of `chat.completion.chunk` events, or a whole `chat.completion`.
///
/// Usage comes in a chunk of its own after the one that has the reason, so the end is told when the stream says `[DONE]`
/// or ends. Tool calls arrive in pieces by index and are told when they are whole.
package struct OpenAIDecoder: AnswerDecoder {
    private let model: ModelName
    private var parser = EventStreamParser()
    private var calls = ToolCallPieces()
    private var finish: FinishReason?
    private var usage = TokenUsage()
    private var isDone = false
    package private(set) var progress = 0

    init(_ model: ModelName) {
        self.model = model
    }

    package mutating func receive(_ bytes: [UInt8], into events: inout [ModelEvent]) throws(ModelError) {
        for event in try ProviderJSON.events(in: bytes, &parser, model) where !isDone {
            if event.data == "[DONE]" {
                events += try end()
            } else {
                events += try read(try ProviderJSON.read(event.data.utf8, model, OpenAIChunk.init))
            }
        }
    }

    package mutating func end() throws(ModelError) -> [ModelEvent] {
        guard !isDone else { return [] }
        isDone = true
        guard let finish else {
            throw ModelError(.connectionLost, model, "the stream ended before the answer did")
        }
        return calls.take().map(ModelEvent.toolCall) + [.finished(finish, usage)]
    }

    package mutating func receive(whole body: [UInt8]) throws(ModelError) -> [ModelEvent] {
        let events = try read(try ProviderJSON.read(body, model, OpenAIChunk.init))
        guard finish != nil else { throw ProviderJSON.malformed(body, model) }
        return try events + end()
    }

    private mutating func read(_ chunk: OpenAIChunk) throws(ModelError) -> [ModelEvent] {
        if let error = chunk.error { throw ProviderFault.error(inStream: .object(["error": error]), model) }
        if let counts = chunk.usage { usage.merge(counts) }
        guard let choice = chunk.choices.first(where: { ($0.index ?? 0) == 0 }) else { return [] }
        let piece = choice.delta ?? choice.message
        if piece?.isProgress ?? false { progress += 1 }
        for call in piece?.toolCalls ?? [] { calls.add(call) }
        if let reason = choice.finishReason { finish = FinishReason(openAI: reason) }
        let text = (piece?.content ?? "") + (piece?.refusal ?? "")
        return text.isEmpty ? [] : [.text(text)]
    }
}

/// Tool calls whose pieces are still coming.
struct ToolCallPieces {
    private var calls: [(index: Int, call: ToolCall)] = []

    /// A piece without an index belongs to the last call, unless it brings an id, which begins one.
    mutating func add(_ piece: OpenAIChunk.Piece.Call) {
        let known = piece.index ?? (piece.id == nil ? calls.last?.index : nil) ?? calls.count
        if let place = calls.firstIndex(where: { $0.index == known }) {
            calls[place].call.arguments += piece.arguments ?? ""
            calls[place].call.name += piece.name ?? ""
        } else {
            let id = piece.id ?? "call_\(known)"
            calls.append((known, ToolCall(id: id, name: piece.name ?? "", arguments: piece.arguments ?? "")))
        }
    }

    mutating func take() -> [ToolCall] {
        defer { calls = [] }
        return calls.map(\.call)
    }
}

extension FinishReason {
    init(openAI word: String) {
        switch word {
        case "stop": self = .stop
        case "length": self = .length
        case "tool_calls", "function_call": self = .toolCalls
        case "content_filter": self = .filtered
        default: self = .other(word)
        }
    }
}
