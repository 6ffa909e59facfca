import FoundationEssentials
import RoostClient
import TestSupport
import Testing

/// The client library against the built program, over the wire.
@Suite(.timeLimit(.minutes(2))) struct SwiftClientTests {
    /// A direction per number: axis `number` mod 384, turned a little towards the next one.
    private static func vector(_ number: Int) -> [Float] {
        var vector = [Float](repeating: 0, count: 384)
        vector[number % 384] = 1
        vector[(number + 1) % 384] = Float(number / 384) * 0.01
        return vector
    }

    private static func vectors(_ numbers: Range<Int>) -> [SessionVector] {
        numbers.map { number in
            SessionVector(
                id: "v\(number)",
                vector: vector(number),
                metadata: [
                    "number": .number(Double(number)), "even": .bool(number % 2 == 0),
                    "text": .string("Passage \(number)."),
                ]
            )
        }
    }

    /// A client of a server without the model, on a folder of its own.
    private func withServer(
        _ settings: ServerSettings = .withoutModel,
        options: ClientOptions = ClientOptions(),
        _ body: (RoostClient, Server) async throws -> Void
    ) async throws {
        try await Server.with(in: try TemporaryFolder(), settings) { server in
            let url = try #require(URL(string: server.caller.address))
            try await body(RoostClient(server: url, options: options), server)
        }
    }

    @Test func `uploads in batches, searches with a filter and a threshold, deletes`() async throws {
        var options = ClientOptions()
        options.vectorsPerMessage = 100
        try await withServer(options: options) { roost, _ in
            try await roost.withSession { session in
                #expect(!session.id.isEmpty)
                #expect(try await session.search(Self.vector(0)).hits.isEmpty)
                let report = try await session.upload(Self.vectors(0..<350), replacing: true)
                #expect(report.uploaded == 350 && report.rejected == 0 && report.errors.isEmpty)

                let plain = try await session.search(Self.vector(7), k: 3)
                #expect(plain.totalVectors == 350 && plain.hits.count == 3)
                #expect(plain.hits.first?.id == "v7" && plain.hits.first?.metadata["text"]?.text == "Passage 7.")
                #expect((plain.hits.first?.score ?? 0) > 0.999)

                let even = Field("even") == true && Field("number") > 7
                let filtered = try await session.search(Self.vector(7), k: 100, threshold: 0, filter: even)
                #expect(
                    filtered.hits.allSatisfy { $0.metadata["even"] == true && ($0.metadata["number"]?.number ?? 0) > 7 }
                )
                #expect(filtered.hits.count == 100)

                #expect(try await session.delete(["v7", "v8", "nobody"]) == 2)
                #expect(try await session.search(Self.vector(7), k: 1, threshold: 0.9).hits.isEmpty)
                #expect(try await session.ping() > .zero)

                #expect(try await session.upload([], replacing: true).uploaded == 0)
                #expect(try await session.search(Self.vector(1)).totalVectors == 0)
            }
        }
    }

    @Test func `bad vectors are rejected alone, with their sentences`() async throws {
        try await withServer { roost, _ in
            try await roost.withSession { session in
                var notFinite = Self.vector(1)
                notFinite[3] = .nan
                let report = try await session.upload([
                    SessionVector(id: "short", vector: [1, 2]), SessionVector(id: "nan", vector: notFinite),
                    SessionVector(id: "good", vector: Self.vector(2)),
                ])
                #expect(report.uploaded == 1 && report.rejected == 2)
                #expect(
                    report.errors == [
                        "Vector short: Invalid dimensions: expected 384, got 2",
                        "Vector nan: Invalid vector values: contains NaN or Infinity",
                    ]
                )
            }
        }
    }

    @Test func `a refusal is an error with the server's sentence and leaves the session open`() async throws {
        try await withServer { roost, _ in
            try await roost.withSession { session in
                let unknown = Filter(json: ["a": ["$near": 1]])
                let error = await #expect(throws: RoostError.self) {
                    try await session.search(Self.vector(0), filter: unknown)
                }
                guard case .refused(let refusal)? = error else { Issue.record("\(String(describing: error))"); return }
                #expect(refusal.message.contains("$near") && refusal.code == "invalid_request")
                await #expect(throws: RoostError.self) { try await session.search(Self.vector(0), k: 101) }
                let stored = try await session.upload(Self.vectors(0..<1))
                #expect(stored.uploaded == 1)
            }
        }
    }

    @Test func `many tasks share one session, and two sessions share nothing`() async throws {
        try await withServer { roost, _ in
            let (one, other) = (try await roost.connect(), try await roost.connect())
            #expect(one.id != other.id)
            try await one.upload(Self.vectors(0..<300))
            try await other.upload([SessionVector(id: "v5", vector: Self.vector(200))])
            try await withThrowingTaskGroup(of: (Int, String?).self) { group in
                for number in 0..<100 {
                    group.addTask { (number, try await one.search(Self.vector(number), k: 1).hits.first?.id) }
                }
                for try await (number, id) in group { #expect(id == "v\(number)") }
            }
            #expect(try await other.search(Self.vector(5), threshold: 0.5).hits.isEmpty)
            one.close()
            await #expect(throws: RoostError.self) { try await one.ping() }
            #expect(try await other.search(Self.vector(200), k: 1).hits.map(\.id) == ["v5"])
            other.close()
        }
    }

    /// The server is killed and another one takes its port: sockets can't survive that, what a client keeps can.
    @Test(arguments: [true, false]) func `a lost connection is an error, or is made again`(resumes: Bool) async throws {
        let folder = try TemporaryFolder()
        var options = ClientOptions()
        options.resumesUploads = resumes
        options.vectorsPerMessage = 40
        try await withClient { client in
            let first = try await Server(in: folder, .withoutModel, client)
            let roost = RoostClient(server: try #require(URL(string: first.caller.address)), options: options)
            let session = try await roost.connect()
            let id = session.id
            try await session.upload(Self.vectors(0..<100))
            try await session.delete(["v3"])
            first.process.send(9)
            _ = await first.process.ended()
            let second = try await Server(in: folder, .withoutModel, client, port: first.port)
            defer { second.process.send(9) }
            if resumes {
                let found = try await session.search(Self.vector(42), k: 1)
                #expect(found.totalVectors == 99 && found.hits.map(\.id) == ["v42"])
                #expect(session.id != id)
                #expect(try await session.upload(Self.vectors(200..<201)).uploaded == 1)
            } else {
                let error = await #expect(throws: RoostError.self) { try await session.search(Self.vector(42)) }
                guard case .connectionLost? = error else { Issue.record("\(String(describing: error))"); return }
            }
            session.close()
            await #expect(throws: RoostError.self) { try await session.ping() }
        }
    }

    @Test func `where nobody listens the server is unreachable`() async throws {
        var options = ClientOptions()
        options.retry.attempts = 2
        options.retry.firstPause = .milliseconds(1)
        let nobody = RoostClient(server: try #require(URL(string: "http://127.0.0.1:9")), options: options)
        for attempt in [0, 1] {
            let error = await #expect(throws: RoostError.self) {
                _ = try await attempt == 0 ? nobody.connect().id : nobody.embed("a").vector.description
            }
            guard case .unreachable? = error else { Issue.record("\(String(describing: error))"); continue }
        }
    }

    @Test(InstalledModel.isThere) func `embeds, finds by meaning and answers from the session`() async throws {
        var options = ClientOptions()
        options.textsPerRequest = 2
        try await withServer(ServerSettings(), options: options) { roost, _ in
            let texts = [
                "The keeper lights the lamp at dusk and puts it out at dawn.", "Gulls nest on the gallery in spring.",
                "The fog horn sounds twice a minute when ships can't see the light.",
            ]
            let embeddings = try await roost.embed(texts)
            #expect(embeddings.map(\.windows) == [1, 1, 1] && embeddings.allSatisfy { $0.vector.count == 384 })
            let refused = await #expect(throws: RoostError.self) { try await roost.embed(["a", " "]) }
            guard case .refused(let refusal)? = refused else { Issue.record("\(String(describing: refused))"); return }
            #expect(refusal.status == 400 && refusal.parameter == "texts[1]")

            try await roost.withSession { session in
                try await session.upload(
                    zip(texts, embeddings).enumerated().map { number, item in
                        SessionVector(id: "t\(number)", vector: item.1.vector, metadata: ["text": .string(item.0)])
                    }
                )
                let question = "When does the fog horn sound?"
                let query = try await roost.embed(question)
                #expect(try await session.search(query.vector, k: 1).hits.map(\.id) == ["t2"])

                var (answer, end) = ("", AnswerEnd?.none)
                for try await event in try await session.ask(question, AskOptions(vectors: .init(threshold: 0.3))) {
                    switch event {
                    case .text(let piece): answer += piece
                    case .end(let last): end = last
                    }
                }
                #expect(answer.contains("twice a minute"), "\(answer)")
                #expect(end?.reason == "complete" && end?.citations.first == "t2" && (end?.promptTokens ?? 0) > 0)
            }
        }
    }

    @Test(InstalledModel.isThere) func `the example does what it says`() async throws {
        try await withServer(ServerSettings()) { _, server in
            let result = try await RoostProcess.run(
                [server.caller.address],
                in: try TemporaryFolder(),
                program: RoostProcess.folder + "SwiftClientExample"
            )
            #expect(result.ending == .exited(0), "\(result.errors)")
            #expect(result.output.first == "3 vectors uploaded, 0 rejected")
            #expect(result.output.dropFirst().first?.hasPrefix("sentence-2 0.") == true, "\(result.output)")
            #expect(result.output.contains { $0.hasPrefix("(complete, from sentence-2") }, "\(result.output)")
            #expect(result.output.last == "4 messages were said", "\(result.output)")
        }
    }
}
