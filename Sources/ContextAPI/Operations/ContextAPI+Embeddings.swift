import ContextCore
import ContextEngine
import Embeddings
import HTTP
import Retrieval

extension ContextAPI {
    /// `POST /v1/embed`: the answer has the shape of the question.
    func embed(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(EmbeddingBody.self)
        let limits = embeddingLimits
        switch (body.value.input, body.value.texts) {
        case (.text(let text)?, nil):
            return try await embed(try TextsToEmbed(text, named: "input", limits), body) {
                SingleEmbedding(embedded: $0)
            }
        case (.texts(let list)?, nil):
            let texts = try TextsToEmbed(list, named: "input", limit: limits.texts, limits)
            return try await openAIEmbeddings(texts, body)
        case (nil, let list?):
            let texts = try TextsToEmbed(list, named: "texts", limit: limits.texts, limits)
            return try await embed(texts, body) { TextEmbeddings(embedded: $0) }
        case (nil, nil): throw ContextError.invalid("input", "input or texts is required.")
        case (.some, .some): throw ContextError.invalid("texts", "texts beside input: send one of the two.")
        }
    }

    /// `POST /v1/embeddings`, as OpenAI's clients send it and read it.
    func embeddings(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(EmbeddingBody.self)
        let limits = embeddingLimits
        guard body.value.texts == nil else {
            throw ContextError.invalid("texts", "texts is for POST /v1/embed; send input.")
        }
        switch body.value.input {
        case .text(let text)?:
            return try await openAIEmbeddings(try TextsToEmbed(text, named: "input", limits), body)
        case .texts(let list)?:
            let texts = try TextsToEmbed(list, named: "input", limit: limits.openAITexts, limits)
            return try await openAIEmbeddings(texts, body)
        case nil: throw ContextError.invalid("input", "input is required.")
        }
    }

    private func openAIEmbeddings(
        _ texts: TextsToEmbed,
        _ body: RequestBody<EmbeddingBody>
    ) async throws -> HTTPResponse {
        let encoding = try body.value.encoding()
        return try await embed(texts, body) { OpenAIEmbeddings(embedded: $0, encoding: encoding) }
    }

    private func embed(
        _ texts: TextsToEmbed,
        _ body: RequestBody<EmbeddingBody>,
        answer: (EmbeddedTexts) -> some JSONWritable
    ) async throws -> HTTPResponse {
        guard let embedder = engine.library.embedder else {
            throw ContextError(.notConfigured, "No embedding model is loaded; GET /ready names what is degraded.")
        }
        try body.value.check(model: embedder.model, dimensions: embedder.dimensions)
        do {
            let embeddings = try await embedder.embeddings(of: texts.texts)
            let embedded = EmbeddedTexts(texts: texts.texts, embeddings: embeddings, model: embedder.model)
            return .json(writing: answer(embedded), capacity: embedded.byteEstimate, ignored: body.ignored)
        } catch EmbeddingError.blankText(let index) {
            throw texts.blank(index)
        }
    }
}
