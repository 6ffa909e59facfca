import ContextCore

/// A tool as chat completions spell it, in both directions.
package struct OpenAITool: Codable, Sendable {
    struct Function: Codable {
        let name: String
        var description: String?
        var parameters: JSONValue?
    }

    let type: String
    let function: Function

    package init(_ tool: Tool) {
        type = "function"
        function = Function(name: tool.name, description: tool.description, parameters: tool.parameters)
    }

    /// A tool without parameters takes an empty object.
    package var tool: Tool {
        let nothing: JSONValue = ["type": "object", "properties": [:]]
        return Tool(name: function.name, description: function.description, parameters: function.parameters ?? nothing)
    }
}

/// `"auto"`, `"none"`, `"required"`, or an object that names one function.
package struct OpenAIToolChoice: Decodable, Sendable {
    package let choice: ToolChoice

    package init(_ choice: ToolChoice) {
        self.choice = choice
    }

    private struct Named: Decodable {
        struct Function: Decodable { let name: String }
        let function: Function
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let word = try? container.decode(String.self) else {
            choice = .named(try container.decode(Named.self).function.name)
            return
        }
        switch word {
        case "auto": choice = .automatic
        case "none": choice = .never
        case "required": choice = .required
        default:
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "is “\(word.clipped(to: 40))”; use auto, none, required or a function"
            )
        }
    }
}
