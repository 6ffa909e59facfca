package import ContextCore

// How a request is written: members by name, so that the same request has the same bytes.

extension OpenAIRequest: JSONWritable {
    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("max_completion_tokens", ifPresent: maxCompletionTokens)
            json.member("max_tokens", ifPresent: maxTokens)
            json.member("messages", messages)
            json.member("model", model)
            json.member("seed", ifPresent: seed)
            json.member("stop", ifPresent: stop)
            json.member("stream", true)
            json.member("stream_options") { $0.member("include_usage", true) }
            json.member("temperature", ifPresent: temperature)
            json.member("tool_choice", ifPresent: toolChoice)
            json.member("tools", ifPresent: tools)
            json.member("top_p", ifPresent: topP)
        }
    }
}

extension OpenAIMessage: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("content", ifPresent: content)
            json.member("role", role)
            json.member("tool_call_id", ifPresent: toolCallID)
            json.member("tool_calls", ifPresent: toolCalls)
        }
    }
}

extension OpenAIMessage.Content: JSONWritable {
    package func write(to json: inout JSONWriter) {
        switch self {
        case .text(let text): text.write(to: &json)
        case .parts(let parts): parts.write(to: &json)
        }
    }
}

extension OpenAIMessage.Part: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            if let imageURL { json.member("image_url") { $0.member("url", imageURL.url) } }
            json.member("text", ifPresent: text)
            json.member("type", type)
        }
    }
}

extension OpenAIMessage.Call: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("function") { json in
                json.member("arguments", function.arguments)
                json.member("name", function.name)
            }
            json.member("id", id)
            json.member("type", type)
        }
    }
}

extension OpenAITool: JSONWritable {
    package func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("function") { json in
                json.member("description", ifPresent: function.description)
                json.member("name", function.name)
                json.member("parameters", ifPresent: function.parameters)
            }
            json.member("type", type)
        }
    }
}

extension OpenAIToolChoice: JSONWritable {
    package func write(to json: inout JSONWriter) {
        switch choice {
        case .automatic: json.string("auto")
        case .never: json.string("none")
        case .required: json.string("required")
        case .named(let name):
            json.object { json in
                json.member("function") { $0.member("name", name) }
                json.member("type", "function")
            }
        }
    }
}
