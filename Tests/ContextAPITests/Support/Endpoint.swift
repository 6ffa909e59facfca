import ContextCore
import HTTP
import Testing

/// The endpoints that take a body, each with one that is valid and uses every member.
struct Endpoint: Sendable, CustomTestStringConvertible {
    let path: String
    let body: JSONValue

    /// A member that takes any text, where there is one.
    var text: String? { ["query", "response", "title", "name"].first { body.names.contains($0) } }

    var testDescription: String { path }

    func send(_ bytes: [UInt8], to roost: Roost) async -> Answer {
        await roost.send(.post, path, bytes: bytes)
    }

    static let all = [
        Endpoint(
            path: "/context/multi_turn",
            body: [
                "session_id": "s", "query": "how to keep a lighthouse", "context_level": "comprehensive",
                "previous_context_ids": ["t1", "t2"], "max_tokens": 1_000, "metadata": ["agent": ["name": "a"]],
                "collections": ["sea"], "filter": ["$or": [["number": ["$gte": 1, "$lt": 5]], ["number": 0]]],
                "explain": true,
            ]
        ),
        Endpoint(
            path: "/feedback/evaluate",
            body: [
                "session_id": "s", "response": "Trim the wick.", "confidence": 0.65,
                "gaps": ["Missing horns", "Unclear oil"], "metadata": ["model": "m"],
            ]
        ),
        Endpoint(
            path: "/interactions/record",
            body: [
                "session_id": "s", "query": "wick", "response": "Trim it.", "outcome": "success", "user_feedback": 1,
                "metadata": ["a": [1, 2, .null]],
            ]
        ),
        Endpoint(
            path: "/v1/collections",
            body: [
                "name": "notes", "kind": "text", "retention": ["type": "ttl", "seconds": 60], "metadata": ["a": "b"],
            ]
        ),
        Endpoint(
            path: "/v1/collections/sea/passages",
            body: [
                "passages": [
                    ["id": "p", "fields": ["text": "A gull.", "title": "Birds"], "metadata": ["wings": 2]],
                    ["text": "A buoy."],
                ]
            ]
        ),
        Endpoint(
            path: "/v1/documents",
            body: [
                "title": "Oil", "text": "# Oil\n\nRape oil burns.", "source": "oil.md", "content_type": "text/markdown",
                "collection": "sea", "metadata": ["shelf": 1],
            ]
        ),
        Endpoint(
            path: "/v1/search",
            body: [
                "query": "lighthouse lamp", "mode": "keyword", "collections": ["sea"],
                "filter": ["number": ["$in": [1, 2]]],
                "limit": 5, "threshold": 0.1, "exclude_ids": ["t5"], "explain": true,
            ]
        ),
        Endpoint(
            path: "/v1/jobs",
            body: [
                "id": "j", "prompt": "And now?", "enable_rag": true,
                "parameters": [
                    "model": "m", "max_tokens": 90, "temperature": 0.5, "top_p": 0.9, "stop": ["END"], "stream": false,
                ],
                "conversation_context": [["role": "user", "content": "Hello."]],
                "session_config": ["collections": ["sea"], "k": 3, "threshold": 0.1, "max_context_tokens": 900],
            ]
        ),
        Endpoint(
            path: "/v1/inference",
            body: [
                "model": "m", "prompt": "And now?", "max_tokens": 90, "temperature": 0.5, "top_p": 0.9, "stop": "END",
                "stream": false, "conversation_context": [["role": "user", "content": "Hello."]], "session_id": "s",
            ]
        ),
        Endpoint(path: "/v1/rag/tokens/revoke", body: ["jti": "dt_1"]),
        Endpoint(
            path: "/api/compact/summarize",
            body: ["messages": [["role": "user", "content": "The lamp is lit."]], "max_tokens": 90]
        ),
    ]
}
