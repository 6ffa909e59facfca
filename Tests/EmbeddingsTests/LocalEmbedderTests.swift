import Embeddings
import TestSupport
import Testing

@Suite(InstalledModel.isThere, .timeLimit(.minutes(5))) struct LocalEmbedderTests {
    let embedder: LocalEmbedder

    init() throws {
        embedder = try InstalledModel.shared.get()
    }

    @Test func `vectors are the reference's within a ten-thousandth`() async throws {
        let fixture = try Fixture.load("vectors", as: Fixture.Vectors.self)
        let embeddings = try await embedder.embed(fixture.texts.map(\.text))
        for (entry, embedding) in zip(fixture.texts, embeddings) {
            #expect(embedding.windows == 1)
            #expect(difference(embedding.vector, entry.floats) < 1e-5, "\(entry.text.prefix(40))")
        }
    }

    @Test func `a text has the same vector in any company`() async throws {
        let fixture = try Fixture.load("vectors", as: Fixture.Vectors.self)
        for entry in fixture.texts {
            let alone = try await embedder.embed([entry.text])
            #expect(difference(alone[0].vector, entry.floats) < 1e-5)
        }
    }

    @Test(arguments: EncoderInstructions.available, [1, 2, 3])
    func `every instruction set gives the reference's vectors, on any number of threads`(
        instructions: EncoderInstructions,
        threads: Int
    ) async throws {
        var configuration = LocalEmbedderConfiguration()
        configuration.instructions = instructions
        configuration.threads = threads
        let embedder = try LocalEmbedder(
            files: ModelFiles(folder: InstalledModel.folder ?? "", verifying: false),
            configuration: configuration
        )
        let fixture = try Fixture.load("vectors", as: Fixture.Vectors.self)
        let embeddings = try await embedder.embed(fixture.texts.map(\.text))
        for (entry, embedding) in zip(fixture.texts, embeddings) {
            #expect(difference(embedding.vector, entry.floats) < 1e-5, "\(entry.text.prefix(40))")
        }
        let alone = try await embedder.embed([fixture.texts[0].text])
        #expect(difference(alone[0].vector, fixture.texts[0].floats) < 1e-5)
    }

    @Test func `the portable instructions are part of every build`() {
        #expect(EncoderInstructions.available.first == .portable)
    }

    /// Every length has tiles and panels of its own, down to one token and past two panels of keys.
    @Test func `instruction sets agree at every length`() async throws {
        let texts = (1...80).map { Array(repeating: "layer", count: $0).joined(separator: " ") }
        var vectors: [[Embedding]] = []
        for instructions in EncoderInstructions.available {
            var configuration = LocalEmbedderConfiguration()
            configuration.instructions = instructions
            let embedder = try LocalEmbedder(
                files: ModelFiles(folder: InstalledModel.folder ?? "", verifying: false),
                configuration: configuration
            )
            vectors.append(try await embedder.embed(texts))
        }
        for other in vectors.dropFirst() {
            for (a, b) in zip(vectors[0], other) { #expect(difference(a.vector, b.vector) < 1e-6) }
        }
    }

    @Test func `a long text is the direction of the mean of its windows`() async throws {
        let half = String(repeating: "boundary layer ", count: 100)
        let whole = try await embedder.embed([half + half])
        let parts = try await embedder.embed([half, half])
        #expect(whole[0].windows == 2)
        #expect(whole[0].tokenCount == 400)
        #expect(parts.map(\.windows) == [1, 1])
        #expect(difference(whole[0].vector, parts[0].vector) < 1e-5)

        let mixed = try await embedder.embed([half + String(repeating: "heat transfer ", count: 100)])
        let other = try await embedder.embed([String(repeating: "heat transfer ", count: 100)])
        let sum = zip(parts[0].vector, other[0].vector).map(+)
        let length = sum.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(difference(mixed[0].vector, sum.map { $0 / length }) < 1e-5)
    }

    @Test func `many callers at once each get their own vectors`() async throws {
        let texts = (0..<60).map { "caller number \($0) asks about topic \($0 * 7)" }
        let expected = try await embedder.embed(texts)
        try await withThrowingTaskGroup(of: (Int, Embedding).self) { group in
            for (index, text) in texts.enumerated() {
                group.addTask { (index, try await embedder.embed([text])[0]) }
            }
            for try await (index, embedding) in group {
                #expect(difference(embedding.vector, expected[index].vector) < 1e-5)
            }
        }
    }

    @Test(arguments: ["", " ", "\n\t\u{A0}", "\u{0}\u{200B}"])
    func `a blank text is refused by its place`(blank: String) async {
        await #expect(throws: EmbeddingError.blankText(index: 1)) { try await embedder.embed(["text", blank]) }
    }

    @Test func `no texts have no embeddings`() async throws {
        #expect(try await embedder.embed([]).isEmpty)
    }

    @Test func `requests past a limit are refused with the value and the limit`() async throws {
        var configuration = LocalEmbedderConfiguration()
        configuration.textsPerRequest = 2
        configuration.bytesPerText = 10
        let strict = try LocalEmbedder(
            files: ModelFiles(folder: InstalledModel.folder ?? "", verifying: false),
            configuration: configuration
        )
        await #expect(throws: EmbeddingError.tooManyTexts(3, limit: 2)) { try await strict.embed(["a", "b", "c"]) }
        await #expect(throws: EmbeddingError.textTooLong(index: 1, bytes: 11, limit: 10)) {
            try await strict.embed(["a", "hello world"])
        }
    }

    @Test func `a full queue refuses, and a cancelled request leaves it`() async throws {
        var configuration = LocalEmbedderConfiguration()
        configuration.threads = 1
        configuration.queueTokens = 100
        let small = try LocalEmbedder(
            files: ModelFiles(folder: InstalledModel.folder ?? "", verifying: false),
            configuration: configuration
        )
        // Minutes of work, of which only the first batch is done before it is cancelled.
        let long = Array(repeating: String(repeating: "word ", count: 250), count: 5_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { _ = try await small.embed(long) }
            try await eventually { small.waitingTokens > 0 }
            await #expect(throws: EmbeddingError.self) { try await small.embed(["one more"]) }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.waitForAll() }
        }
        #expect(small.waitingTokens == 0)
        #expect(try await small.embed(["room again"]).count == 1)
    }

    @Test func `a request cancelled before it begins never waits`() async throws {
        let embedding = Task { [embedder] in
            withUnsafeCurrentTask { $0?.cancel() }
            return try await embedder.embed(["never"])
        }
        await #expect(throws: CancellationError.self) { try await embedding.value }
    }

    @Test func `the published model is recognized by its hash`() throws {
        let files = try ModelFiles(folder: InstalledModel.folder ?? "")
        #expect(files.model == ModelFiles.miniLM)
        #expect(embedder.dimensions == 384)
        #expect(embedder.windowTokens == 254)
    }
}

@Suite struct ModelFilesTests {
    @Test func `without a model the error says how to get one`() {
        let error = #expect(throws: EmbeddingError.self) { try ModelFiles(folder: "/nonexistent") }
        #expect(error?.description.contains("script/bootstrap") == true)
    }
}

/// The largest difference of two elements.
func difference(_ a: [Float], _ b: [Float]) -> Float {
    a.count == b.count ? zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) } : .infinity
}
