import ContextCore
import HTTP

/// Reads a stream of messages' events (docs.anthropic.com/en/docs/build-with-claude/streaming), or a whole message.
///
///     message_start ( content_block_start content_block_delta… content_block_stop )… message_delta message_stop
///
/// Pings and kinds of events or blocks that are not known are passed over, as the documentation demands.
package struct AnthropicDecoder: AnswerDecoder {
    private let model: ModelName
    private var parser = EventStreamParser()
    private var calls: [Int: ToolCall] = [:]
    private var finish: FinishReason?
    private var counts = AnthropicMessage.Usage()
    private var isDone = false
    package private(set) var progress = 0

    init(_ model: ModelName) {
        self.model = model
    }

    package mutating func receive(_ bytes: [UInt8], into events: inout [ModelEvent]) throws(ModelError) {
        for event in try ProviderJSON.events(in: bytes, &parser, model) where !isDone {
            events += try read(try ProviderJSON.decode(AnthropicEvent.self, from: event.data.utf8, model))
        }
    }

    package mutating func end() throws(ModelError) -> [ModelEvent] {
        guard !isDone else { return [] }
        throw ModelError(.connectionLost, model, "the stream ended before the answer did")
    }

    package mutating func receive(whole body: [UInt8]) throws(ModelError) -> [ModelEvent] {
        let message = try ProviderJSON.decode(AnthropicMessage.self, from: body, model)
        if let error = message.error { throw ProviderFault.error(inStream: .object(["error": error]), model) }
        guard let content = message.content else { throw ProviderJSON.malformed(body, model) }
        if let later = message.usage { counts.merge(later) }
        var result = content.compactMap(\.event)
        finish = FinishReason(anthropic: message.stopReason ?? "end_turn")
        result += close()
        return result
    }

    private mutating func read(_ event: AnthropicEvent) throws(ModelError) -> [ModelEvent] {
        switch event.type {
        case "message_start":
            if let later = event.message?.usage { counts.merge(later) }
        case "content_block_start":
            return begin(event)
        case "content_block_delta":
            progress += 1
            if let text = event.delta?.text, !text.isEmpty { return [.text(text)] }
            if let piece = event.delta?.partialJSON { calls[event.index ?? 0]?.arguments += piece }
        case "content_block_stop":
            guard var call = calls.removeValue(forKey: event.index ?? 0) else { return [] }
            if call.arguments.isEmpty { call.arguments = "{}" }
            return [.toolCall(call)]
        case "message_delta":
            if let later = event.usage { counts.merge(later) }
            if let reason = event.delta?.stopReason { finish = FinishReason(anthropic: reason) }
        case "message_stop":
            return close()
        case "error":
            throw ProviderFault.error(inStream: .object(["error": event.error ?? .null]), model)
        default: break
        }
        return []
    }

    private mutating func begin(_ event: AnthropicEvent) -> [ModelEvent] {
        guard let block = event.contentBlock else { return [] }
        if block.type == "tool_use", let id = block.id, let name = block.name {
            calls[event.index ?? 0] = ToolCall(id: id, name: name, arguments: "")
            return []
        }
        return block.text.flatMap { $0.isEmpty ? nil : [.text($0)] } ?? []
    }

    private mutating func close() -> [ModelEvent] {
        isDone = true
        return [.finished(finish ?? .other("none"), counts.usage)]
    }
}

struct AnthropicEvent: Decodable {
    struct Delta: Decodable {
        let text: String?
        let partialJSON: String?
        let stopReason: String?

        private enum CodingKeys: String, CodingKey {
            case text
            case partialJSON = "partial_json"
            case stopReason = "stop_reason"
        }
    }

    let type: String
    let index: Int?
    let message: AnthropicMessage?
    let contentBlock: AnthropicMessage.Block?
    let delta: Delta?
    let usage: AnthropicMessage.Usage?
    let error: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case type, index, message, delta, usage, error
        case contentBlock = "content_block"
    }
}

struct AnthropicMessage: Decodable {
    struct Block: Decodable {
        let type: String
        let text: String?
        let id: String?
        let name: String?
        let input: JSONValue?

        var event: ModelEvent? {
            switch type {
            case "text": text.map(ModelEvent.text)
            case "tool_use":
                .toolCall(ToolCall(id: id ?? "", name: name ?? "", arguments: (input ?? .emptyObject).description))
            default: nil
            }
        }
    }

    struct Usage: Decodable {
        var inputTokens: Int?
        var outputTokens: Int?
        var cacheRead: Int?
        var cacheWrite: Int?

        private enum CodingKeys: String, CodingKey {
            case inputTokens = "input_tokens"
            case outputTokens = "output_tokens"
            case cacheRead = "cache_read_input_tokens"
            case cacheWrite = "cache_creation_input_tokens"
        }

        /// The counts of a stream's end are totals, but not all of them need be said again.
        mutating func merge(_ later: Usage) {
            inputTokens = later.inputTokens ?? inputTokens
            outputTokens = later.outputTokens ?? outputTokens
            cacheRead = later.cacheRead ?? cacheRead
            cacheWrite = later.cacheWrite ?? cacheWrite
        }

        /// Anthropic counts as input only what it neither read from its cache nor wrote to it.
        var usage: TokenUsage {
            let own = TokenUsage(input: inputTokens, cachedInput: cacheRead, cacheWrite: cacheWrite)
            return TokenUsage(
                input: own.input.map { $0 + (own.cachedInput ?? 0) + (own.cacheWrite ?? 0) },
                output: outputTokens,
                cachedInput: cacheRead,
                cacheWrite: cacheWrite
            )
        }
    }

    let content: [Block]?
    let stopReason: String?
    let usage: Usage?
    let error: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case content, usage, error
        case stopReason = "stop_reason"
    }
}

extension FinishReason {
    init(anthropic word: String) {
        switch word {
        case "end_turn", "stop_sequence": self = .stop
        case "max_tokens": self = .length
        case "tool_use": self = .toolCalls
        case "refusal": self = .filtered
        default: self = .other(word)
        }
    }
}
