import ContextCore
import FoundationEssentials
import HTTP
import LanguageModels
import TestSupport
import Testing

/// What goes to a provider and what comes back, as the providers' documentation shows it.
struct `Embedding formats` {
    private static let openAI = ModelName(provider: "openai", model: "text-embedding-3-small")
    private static let ollama = ModelName(provider: "ollama", model: "all-minilm")

    private func codec(_ change: (inout OpenAIEmbeddingCodec.Dialect) -> Void = { _ in }) -> OpenAIEmbeddingCodec {
        var dialect = OpenAIEmbeddingCodec.Dialect()
        change(&dialect)
        return OpenAIEmbeddingCodec(Self.openAI, at: ProviderEndpoint("https://api.openai.com/v1/"), dialect: dialect)
    }

    private func body(_ request: ClientRequest) throws -> JSONValue {
        try JSONDecoder().decode(JSONValue.self, from: Data(request.body))
    }

    @Test func `OpenAI is asked for base 64, and for a length only where one is wanted`() throws {
        let request = try codec().encode(["a", "b"])
        #expect(request.url == "https://api.openai.com/v1/embeddings")
        #expect(
            try body(request) == [
                "model": "text-embedding-3-small", "input": ["a", "b"], "encoding_format": "base64",
            ]
        )
        #expect(try body(codec { $0.dimensions = 512 }.encode(["a"])).objectValue?["dimensions"] == 512)
    }

    @Test func `Azure is told the version of its interface`() throws {
        let dialect = codec { $0.apiVersion = "2024-10-21" }
        #expect(try dialect.encode(["a"]).url.hasSuffix("/embeddings?api-version=2024-10-21"))
    }

    @Test func `Ollama is told not to cut`() throws {
        let codec = OllamaEmbeddingCodec(Self.ollama, at: ProviderEndpoint("http://127.0.0.1:11434"))
        let request = try codec.encode(["a"])
        #expect(request.url == "http://127.0.0.1:11434/api/embed")
        #expect(try body(request) == ["model": "all-minilm", "input": ["a"], "truncate": false])
    }

    @Test func `vectors are put in order by their index, and made of length one`() throws {
        let answer = """
            {"object":"list","model":"m","usage":{"prompt_tokens":5,"total_tokens":5},
             "data":[{"object":"embedding","index":1,"embedding":[0,2]},{"object":"embedding","index":0,"embedding":[3,4]}]}
            """
        #expect(try codec().decode(Array(answer.utf8), count: 2) == [[0.6, 0.8], [0, 1]])
        let base64 = #"{"data":[{"index":0,"embedding":"AABAQAAAgEA="}]}"#
        #expect(try codec().decode(Array(base64.utf8), count: 1) == [[0.6, 0.8]])
        let ollama = OllamaEmbeddingCodec(Self.ollama, at: ProviderEndpoint("http://127.0.0.1:1"))
        let recorded =
            #"{"model":"all-minilm","embeddings":[[3,4],[0,-2]],"total_duration":14143917,"load_duration":1019500}"#
        #expect(try ollama.decode(Array(recorded.utf8), count: 2) == [[0.6, 0.8], [0, -1]])
    }

    @Test(arguments: [
        (#"{"data":[{"index":0,"embedding":[1]}]}"#, "1 vectors for 2 texts"),
        (#"{"data":[{"embedding":[1]},{"embedding":[1]},{"embedding":[1]}]}"#, "3 vectors for 2 texts"),
        (#"{"data":[{"index":1,"embedding":[1]},{"index":1,"embedding":[1]}]}"#, "index 1 is there twice"),
        (#"{"data":[{"index":-1,"embedding":[1]},{"index":0,"embedding":[1]}]}"#, "index -1"),
        (#"{"data":[{"embedding":[1,2]},{"embedding":[1]}]}"#, "vector 1 has 1 numbers, not 2"),
        (#"{"data":[{"embedding":[]},{"embedding":[]}]}"#, "vector 0 has 0 numbers"),
        (#"{"data":[{"embedding":[0,0]},{"embedding":[1,0]}]}"#, "all 2 numbers of vector 0 are 0"),
        (#"{"data":[{"embedding":"AADAfwAAgD8="},{"embedding":[1,0]}]}"#, "vector 0 holds nan"),
        (#"{"data":[{"embedding":"AACAfwAAgD8="},{"embedding":[1,0]}]}"#, "vector 0 holds inf"),
        (#"{"data":[{"embedding":"AAA"},{"embedding":[1,0]}]}"#, "“{\"data\":[{\"embedding\":\"AAA\"}"),
        (#"{"data":[{"embedding":[null]},{"embedding":[1]}]}"#, "“{\"data\":[{\"embedding\":[null]"),
        (#"{"data":[{"embedding":[NaN]},{"embedding":[1]}]}"#, "“{\"data\":[{\"embedding\":[NaN]"),
        (#"{"object":"list"}"#, "“{\"object\":\"list\"}”"), ("<html>", "“<html>”"), ("", "“”"),
    ])
    func `an answer that is no vectors is refused with what is wrong`(answer: String, reason: String) {
        let error = #expect(throws: ModelError.self) { try codec().decode(Array(answer.utf8), count: 2) }
        #expect(error?.kind == .malformed)
        #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
    }

    @Test func `a length that was asked for has to come`() {
        let error = #expect(throws: ModelError.self) {
            try codec { $0.dimensions = 3 }.decode(Array(#"{"data":[{"embedding":[1,2]}]}"#.utf8), count: 1)
        }
        #expect(error?.message.contains("vector 0 has 2 numbers, not 3") == true)
    }

    @Test(arguments: 0..<300 as Range<UInt64>)
    func `whatever bytes are changed, the answer is as many directions as texts, or an error`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let recordings = [
            #"{"data":[{"index":1,"embedding":[0.25,-2e-3]},{"index":0,"embedding":[3,4]}],"usage":{"prompt_tokens":5}}"#,
            #"{"data":[{"index":0,"embedding":"AABAQAAAgEA="},{"index":1,"embedding":"AABAQAAAgEA="}]}"#,
            #"{"model":"m","embeddings":[[3,4],[0,-2]]}"#,
        ]
        var bytes = Array(generator.pick(recordings).utf8)
        for _ in 0..<generator.below(4) {
            let place = generator.below(bytes.count)
            switch generator.below(3) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            default: bytes.insert(generator.pick(Array(#"0123456789eE+-.,[]{}":"#.utf8)), at: place)
            }
        }
        let ollama = OllamaEmbeddingCodec(Self.ollama, at: ProviderEndpoint("http://127.0.0.1:1"))
        for codec in [codec(), ollama] as [any EmbeddingCodec] {
            guard let vectors = try? codec.decode(bytes, count: 2) else { continue }
            #expect(vectors.count == 2 && vectors[0].count == vectors[1].count)
            for vector in vectors {
                #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-3, "\(String(decoding: bytes, as: UTF8.self))")
            }
        }
    }

    @Test(arguments: [
        "openai:text-embedding-3-small", "openai:text-embedding-3-large@256", "ollama:all-minilm:22m",
        "openai:@cf/baai/bge",
    ])
    func `a model's name says all that is needed to reach it again`(text: String) throws {
        let name = try #require(EmbedderName(text))
        #expect(name.description == text)
        #expect(name.dimensions == (text.hasSuffix("@256") ? 256 : nil))
    }

    @Test(arguments: ["", "local", "sentence-transformers/all-MiniLM-L6-v2", "nobody:x"])
    func `what is no provider's model has no such name`(text: String) {
        #expect(EmbedderName(text) == nil)
    }
}
