import FoundationEssentials
package import HTTP

/// OpenAI's embeddings (platform.openai.com/docs/api-reference/embeddings), which Azure, LiteLLM, vLLM, llama.cpp's server and
/// many others speak too.
///
/// Numbers are asked for in base 64, which has a fifth of the bytes; who does not know that sends them as a list.
package struct OpenAIEmbeddingCodec: EmbeddingCodec {
    package let name: ModelName
    private let endpoint: ProviderEndpoint
    private let dialect: Dialect

    /// What differs between those who speak the format.
    package struct Dialect: Sendable {
        /// Azure: the deployment's address and the version of its interface.
        package var apiVersion: String?

        /// After the endpoint's base address.
        package var path = "/embeddings"

        /// Asked of models that can shorten their vectors.
        package var dimensions: Int?

        package init() {}
    }

    package init(_ name: ModelName, at endpoint: ProviderEndpoint, dialect: Dialect = Dialect()) {
        self.name = name
        self.endpoint = endpoint
        self.dialect = dialect
    }

    package func encode(_ texts: [String]) throws(ModelError) -> ClientRequest {
        let version = dialect.apiVersion.map { "?api-version=\($0)" } ?? ""
        let body = OpenAIEmbeddingRequest(model: name.model, input: texts, dimensions: dialect.dimensions)
        return endpoint.post(endpoint.url(dialect.path) + version, body: try ProviderJSON.encode(body, name))
    }

    package func decode(_ body: [UInt8], count: Int) throws(ModelError) -> [[Float]] {
        let answer = try ProviderJSON.decode(OpenAIEmbeddingAnswer.self, from: body, name)
        let check = EmbeddingCheck(model: name, dimensions: dialect.dimensions)
        var vectors = [[Float]?](repeating: nil, count: answer.data.count)
        for (place, item) in answer.data.enumerated() {
            let index = item.index ?? place
            guard vectors.indices.contains(index), vectors[index] == nil else {
                throw check.failed("index \(index) is there twice, or not one of \(answer.data.count)")
            }
            vectors[index] = item.embedding.values
        }
        return try check.check(vectors.compactMap(\.self), count: count)
    }
}

struct OpenAIEmbeddingRequest: Encodable {
    let model: String
    let input: [String]
    let dimensions: Int?
    let encodingFormat = "base64"

    private enum CodingKeys: String, CodingKey {
        case model, input, dimensions
        case encodingFormat = "encoding_format"
    }
}

struct OpenAIEmbeddingAnswer: Decodable {
    struct Item: Decodable {
        let index: Int?
        let embedding: Numbers
    }

    /// A list, or the bytes of 32-bit floats, least significant first, in base 64.
    struct Numbers: Decodable {
        let values: [Float]

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            guard let text = try? container.decode(String.self) else {
                values = try container.decode([Float].self)
                return
            }
            guard let bytes = Data(base64Encoded: text), bytes.count.isMultiple(of: 4) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "no base 64 of numbers")
            }
            values = stride(from: 0, to: bytes.count, by: 4).map { start in
                Float(bitPattern: (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1) })
            }
        }
    }

    let data: [Item]
}
