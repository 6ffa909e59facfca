package import HTTP

/// Ollama's `/api/embed` (github.com/ollama/ollama/blob/main/docs/api.md).
///
/// Unless told otherwise Ollama cuts a long text silently, so it is always told.
package struct OllamaEmbeddingCodec: EmbeddingCodec {
    package let name: ModelName
    private let endpoint: ProviderEndpoint
    private let dimensions: Int?

    package init(_ name: ModelName, at endpoint: ProviderEndpoint, dimensions: Int? = nil) {
        self.name = name
        self.endpoint = endpoint
        self.dimensions = dimensions
    }

    package func encode(_ texts: [String]) throws(ModelError) -> ClientRequest {
        let body = OllamaEmbeddingRequest(model: name.model, input: texts, dimensions: dimensions)
        return endpoint.post(endpoint.url("/api/embed"), body: try ProviderJSON.encode(body, name))
    }

    package func decode(_ body: [UInt8], count: Int) throws(ModelError) -> [[Float]] {
        let answer = try ProviderJSON.decode(OllamaEmbeddingAnswer.self, from: body, name)
        return try EmbeddingCheck(model: name, dimensions: dimensions).check(answer.embeddings, count: count)
    }
}

struct OllamaEmbeddingRequest: Encodable {
    let model: String
    let input: [String]
    let truncate = false
    let dimensions: Int?
}

struct OllamaEmbeddingAnswer: Decodable {
    let embeddings: [[Float]]
}
