import HTTP
import LanguageModels

/// One provider's way to say the same things, as text for a socket.
enum WireFormat: String, CaseIterable, Sendable {
    case openai, anthropic, ollama

    var provider: Provider {
        switch self {
        case .openai: .openai
        case .anthropic: .anthropic
        case .ollama: .ollama
        }
    }

    var streamType: String { self == .ollama ? "application/x-ndjson" : "text/event-stream" }

    /// The head of a stream that ends with its connection.
    var head: String { "HTTP/1.1 200 OK\r\nContent-Type: \(streamType)\r\nConnection: close\r\n\r\n" }

    /// What comes before the first token, and is none.
    var beginning: String {
        switch self {
        case .openai: event(#"{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#)
        case .anthropic: event(#"{"type":"message_start","message":{"usage":{"input_tokens":5,"output_tokens":1}}}"#)
        case .ollama: event(#"{"message":{"role":"assistant","content":""},"done":false}"#)
        }
    }

    func token(_ text: String) -> String {
        switch self {
        case .openai: event(#"{"choices":[{"index":0,"delta":{"content":"\#(text)"}}]}"#)
        case .anthropic:
            event(#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\#(text)"}}"#)
        case .ollama: event(#"{"message":{"role":"assistant","content":"\#(text)"},"done":false}"#)
        }
    }

    /// A model at work that has nothing to tell yet.
    var thought: String {
        switch self {
        case .openai: event(#"{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}"#)
        case .anthropic:
            event(#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#)
        case .ollama: event(#"{"message":{"role":"assistant","content":"","thinking":"hm"},"done":false}"#)
        }
    }

    var end: String {
        switch self {
        case .openai:
            event(#"{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#)
                + event(#"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":2}}"#) + event("[DONE]")
        case .anthropic:
            event(#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}"#)
                + event(#"{"type":"message_stop"}"#)
        case .ollama:
            event(#"{"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":2}"#)
        }
    }

    /// Bytes that keep a connection alive and say nothing.
    var ping: String {
        switch self {
        case .openai: ": ping\n\n"
        case .anthropic: "event: ping\ndata: {\"type\":\"ping\"}\n\n"
        case .ollama: "\n"
        }
    }

    /// The same answer without a stream.
    var whole: String {
        switch self {
        case .openai:
            #"{"choices":[{"index":0,"message":{"role":"assistant","content":"ab"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}}"#
        case .anthropic:
            #"{"type":"message","content":[{"type":"text","text":"ab"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":2}}"#
        case .ollama:
            #"{"message":{"content":"ab"},"done":true,"done_reason":"stop","prompt_eval_count":5,"eval_count":2}"#
        }
    }

    func error(_ type: String, _ message: String) -> String {
        switch self {
        case .openai: #"{"error":{"message":"\#(message)","type":"\#(type)","code":null}}"#
        case .anthropic: #"{"type":"error","error":{"type":"\#(type)","message":"\#(message)"}}"#
        case .ollama: #"{"error":"\#(message)"}"#
        }
    }

    func event(_ data: String) -> String { self == .ollama ? data + "\n" : "data: \(data)\n\n" }

    /// A complete answer that leaves the connection open for another request.
    static func json(_ body: String, _ status: Int = 200, _ fields: String = "") -> String {
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }
}
