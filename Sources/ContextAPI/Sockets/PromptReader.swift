import CJSONScanner
import ContextCore
import ContextEngine
import Retrieval

/// Reads a prompt, whose members stand in the message itself or under `request`.
struct PromptReader {
    let limits: SocketLimits
    let vectors: SessionVectorLimits

    func prompt(_ message: MessageFields) throws(ContextError) -> PromptRequest {
        let fields = try message.nested("request")
        guard let prompt = try fields.string("prompt"), prompt.contains(where: { !$0.isWhitespace }) else {
            throw .invalid("prompt", "prompt is required: a text that is not blank.")
        }
        return PromptRequest(
            prompt: prompt,
            conversation: try conversation(fields),
            maximumTokens: try fields.integer("maxTokens", in: 1...Int(Int32.max)),
            streams: try fields.flag("stream") ?? true,
            vectors: try vectorUse(fields)
        )
    }

    /// A text, or an array of texts and of messages with a role and a content.
    private func conversation(_ fields: MessageFields) throws(ContextError) -> [PromptRequest.Line] {
        guard let value = fields["conversationContext"] else { return [] }
        if let text = value.string { return [PromptRequest.Line(role: "context", text: text)] }
        guard value.kind == json_array else {
            throw .invalid("conversationContext", "conversationContext must be a text or an array, not \(value.what).")
        }
        var elements: [JSONSlice] = []
        var reader = value.reader
        // The slice was checked when it was read, so walking it again meets no fault.
        try? reader.forEachElement { (reader) throws(JSONMalformed) in elements.append(try reader.value()) }
        var lines: [PromptRequest.Line] = []
        for (index, element) in elements.enumerated() { lines.append(try line(element, at: index)) }
        return lines
    }

    private func line(_ element: JSONSlice, at index: Int) throws(ContextError) -> PromptRequest.Line {
        if let text = element.string { return PromptRequest.Line(role: "context", text: text) }
        let fields = MessageFields(element)
        let content = try fields.string("content")
        let alternative = try fields.string("text")
        guard let text = content ?? alternative else {
            throw .invalid(
                "conversationContext",
                "conversationContext[\(index)] must be a text or an object with role and content, not \(element.what)."
            )
        }
        return PromptRequest.Line(role: try fields.string("role") ?? "user", text: text)
    }

    private func vectorUse(_ fields: MessageFields) throws(ContextError) -> PromptRequest.VectorUse? {
        guard let value = fields["useVectors"], value.bool != false else { return nil }
        guard value.kind == json_object || value.bool == true else {
            throw .invalid(
                "useVectors",
                "useVectors must be an object such as {\"k\":5}, or true or false, not \(value.what)."
            )
        }
        let use = MessageFields(value)
        try use.check()
        return PromptRequest.VectorUse(
            count: try use.integer("k", in: vectors.neighbours) ?? limits.defaultNeighbours,
            threshold: try use.number("threshold", in: 0...1).map { Float($0) },
            filter: try use.filter("metadataFilter", limit: limits.filterBytes)
        )
    }
}
