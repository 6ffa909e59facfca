import Foundation

/// The messages of the client, as the bytes of a text message; `id` is what the answer repeats.
enum ClientMessage {
    static func upload(_ batch: UploadBatches.Batch, replacing: Bool, id: String) -> Data {
        var json = Data(#"{"type":"uploadVectors","requestId":"\#(id)","replace":\#(replacing),"vectors":["#.utf8)
        json.append(batch.elements)
        json.append(contentsOf: "]}".utf8)
        return json
    }

    static func search(_ vector: [Float], k: Int, threshold: Double?, filter: Filter?, id: String) throws -> Data {
        var json = Data(#"{"type":"searchVectors","requestId":"\#(id)","k":\#(k),"queryVector":"#.utf8)
        json.append(WireNumbers.text(of: vector))
        if let threshold { json.append(contentsOf: #","threshold":\#(threshold)"#.utf8) }
        if let filter {
            json.append(contentsOf: #","metadataFilter":"#.utf8)
            json.append(try JSONEncoder().encode(filter.json))
        }
        json.append(UInt8(ascii: "}"))
        return json
    }

    static func delete(_ ids: [String], id: String) throws -> Data {
        try encode(["type": "deleteVectors", "requestId": .string(id), "ids": .array(ids.map { .string($0) })])
    }

    static func ping(id: String) -> Data { Data(#"{"type":"ping","requestId":"\#(id)"}"#.utf8) }

    static func prompt(_ prompt: String, _ options: AskOptions, id: String) throws -> Data {
        var members: [String: JSONValue] = [
            "type": "prompt", "id": .string(id), "prompt": .string(prompt), "stream": true,
        ]
        if let limit = options.maximumTokens { members["maxTokens"] = .number(Double(limit)) }
        if let conversation = options.conversation { members["conversationContext"] = .string(conversation) }
        if let use = options.vectors {
            var vectors: [String: JSONValue] = ["k": .number(Double(use.k)), "threshold": .number(use.threshold)]
            vectors["metadataFilter"] = use.filter?.json
            members["useVectors"] = .object(vectors)
        }
        return try encode(.object(members))
    }

    static func cancel(id: String) -> Data { Data(#"{"type":"stream_cancel","id":"\#(id)"}"#.utf8) }

    private static func encode(_ message: JSONValue) throws -> Data { try JSONEncoder().encode(message) }
}
