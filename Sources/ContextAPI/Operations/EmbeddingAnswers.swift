import ContextCore
import Embeddings
import FoundationEssentials

/// Texts with what became of them; each answer shows them in its own shape.
struct EmbeddedTexts {
    let texts: [String]
    let embeddings: [Embedding]

    /// As the wire calls it, without the organization.
    let model: String

    init(texts: [String], embeddings: [Embedding], model: String) {
        self.texts = texts
        self.embeddings = embeddings
        self.model = EmbeddingBody.shortName(of: model)
    }

    var tokens: Int { embeddings.reduce(0) { $0 + $1.tokenCount } }

    /// Bytes of an answer, about: a number and its comma have twelve.
    var byteEstimate: Int {
        zip(texts, embeddings).reduce(256) { $0 + $1.0.utf8.count + $1.1.vector.count * 12 + 128 }
    }
}

extension JSONWriter {
    /// What most servers keep to themselves: that nothing was cut off, and how a long text was read.
    fileprivate mutating func coverage(_ embedding: Embedding) {
        member("truncated", false)
        member("windows", embedding.windows)
    }
}

/// The answer to `{"input":"text"}`.
struct SingleEmbedding: JSONWritable {
    let embedded: EmbeddedTexts

    func write(to json: inout JSONWriter) {
        json.object { json in
            for embedding in embedded.embeddings.prefix(1) {
                json.member("embedding", embedding.vector)
                json.member("model", embedded.model)
                json.member("dimensions", embedding.vector.count)
                json.member("tokenCount", embedding.tokenCount)
                json.coverage(embedding)
            }
        }
    }
}

/// The answer to `{"texts":[…]}`.
struct TextEmbeddings: JSONWritable {
    let embedded: EmbeddedTexts

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("embeddings", array: zip(embedded.texts, embedded.embeddings)) { json, item in
                Self.write(item.0, item.1, to: &json)
            }
            json.member("model", embedded.model)
            json.member("provider", "host")
            json.member("totalTokens", embedded.tokens)
        }
    }

    private static func write(_ text: String, _ embedding: Embedding, to json: inout JSONWriter) {
        json.object { json in
            json.member("embedding", embedding.vector)
            json.member("text", text)
            json.member("tokenCount", embedding.tokenCount)
            json.coverage(embedding)
        }
    }
}

/// The answer to `POST /v1/embeddings`: OpenAI's, and two members more for each text.
struct OpenAIEmbeddings: JSONWritable {
    let embedded: EmbeddedTexts
    let encoding: EmbeddingBody.Encoding

    func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("object", "list")
            json.member("data", array: embedded.embeddings.enumerated()) { write($1.element, at: $1.offset, to: &$0) }
            json.member("model", embedded.model)
            json.member("usage", object: usage)
        }
    }

    private func usage(_ json: inout JSONWriter) {
        json.member("prompt_tokens", embedded.tokens)
        json.member("total_tokens", embedded.tokens)
    }

    private func write(_ embedding: Embedding, at index: Int, to json: inout JSONWriter) {
        json.object { json in
            json.member("object", "embedding")
            json.member("index", index)
            switch encoding {
            case .float: json.member("embedding", embedding.vector)
            case .base64: json.member("embedding", Self.base64(embedding.vector))
            }
            json.coverage(embedding)
        }
    }

    /// The numbers' bytes, four each, least significant first.
    private static func base64(_ vector: [Float]) -> String {
        vector.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0).base64EncodedString() }
    }
}
