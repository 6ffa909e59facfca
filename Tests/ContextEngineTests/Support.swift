import ContextCore
import Embeddings
import Glibc
import KeywordSearch
import Retrieval
import Runtime
import SQL
import TestSupport
import Testing

@testable import ContextEngine

let start = Timestamp(milliseconds: 1_767_646_800_000)

func scope(_ path: String) throws -> Scope { try #require(Scope(path: path)) }

func principal(_ home: String, reading: [String]? = nil) throws -> Principal {
    Principal(subject: home, home: try scope(home), readable: try (reading ?? [home]).map(scope))
}

/// A request of `principal`, `seconds` after the start.
func caller(_ principal: Principal = .local, after seconds: Int = 0) -> RequestContext {
    RequestContext(principal: principal, now: start.adding(seconds: seconds), requestID: "test")
}

/// An engine on a database of its own, with the built-in collections in the local scope.
func openEngine(
    _ location: DatabaseConfiguration.Location = .memory,
    embedder: LocalEmbedder? = nil,
    scopes: [String] = ["local"],
    tokenizer: (any Tokenizer)? = nil,
    configure: (inout ContextConfiguration) -> Void = { _ in }
) async throws -> Engine {
    let database = try await Database.open(
        DatabaseConfiguration(location, durability: .normal),
        migrations: RetrievalMigrations.all + EngineMigrations.all
    )
    let index = try await LiveIndex.open(
        database: database,
        embedders: EmbedderCatalog(local: embedder),
        configuration: LiveIndex.Configuration(),
        log: .disabled
    )
    let library = PassageLibrary(database: database, index: index)
    for path in scopes { try await library.createBuiltInCollections(in: scope(path), at: start) }
    var configuration = ContextConfiguration()
    configure(&configuration)
    return Engine(library: library, configuration: configuration, tokenizer: tokenizer, now: { start })
}

extension Engine {
    @discardableResult
    func fill(_ name: String, for principal: Principal = .local, _ drafts: [PassageDraft]) async throws -> WriteReceipt
    {
        let collection = try await library.collection(name, for: principal)
        let receipt = try await library.write(drafts, to: collection, at: start)
        try #require(receipt.errors.isEmpty)
        return receipt
    }

    func pull(_ request: ContextRequest, _ caller: RequestContext = caller()) async throws -> ContextTurn {
        try await sessions.pull(request, caller)
    }

    /// A few dozen solutions and practices about four matters, of very different lengths, no two alike.
    func fillWithMatters() async throws {
        var generator = SeededGenerator(seed: 42)
        let matters = ["systemd service", "postgres index", "docker network", "swift concurrency"]
        let solutions = (0..<32).map { number in
            PassageDraft(
                id: "e\(number)",
                fields: [
                    "error": "\(matters[number % 4]) failure number\(number) \(Self.words(3, &generator))",
                    "context": "While working on \(matters[number % 4]) \(Self.words(generator.below(40), &generator))",
                    "solution":
                        "Check the \(matters[number % 4]) settings \(Self.words(5 + generator.below(generator.pick([10, 60, 400])), &generator)).",
                    "source": "runbook \(number)",
                ],
                metadata: ["severity": .number(Double(number % 3)), "matter": .string(matters[number % 4])]
            )
        }
        let practices = (0..<16).map { number in
            PassageDraft(
                id: "b\(number)",
                fields: [
                    "practice": "\(matters[number % 4]) practice number\(number)",
                    "description":
                        "Keep the \(matters[number % 4]) tidy \(Self.words(5 + generator.below(50), &generator)).",
                    "implementation": Self.words(8, &generator),
                ]
            )
        }
        try await fill("error-solutions", solutions)
        try await fill("best-practices", practices)
        try await fill(
            "codebase-context",
            (0..<8).map { number in
                PassageDraft(
                    id: "c\(number)",
                    fields: [
                        "file": "src/file\(number).swift", "language": "swift",
                        "content": "// \(matters[number % 4])\nlet value\(number) = \"\(Self.words(30, &generator))\"",
                    ]
                )
            }
        )
    }

    /// Made-up words, so that texts of the same matter are no near-duplicates.
    static func words(_ count: Int, _ generator: inout SeededGenerator) -> String {
        let syllables = ["ba", "ke", "lo", "mi", "nu", "pra", "sto", "ter", "vi", "zo"]
        return (0..<count).map { _ in (0..<3).map { _ in generator.pick(syllables) }.joined() }.joined(separator: " ")
    }
}

func solution(_ id: String, _ error: String, _ solution: String, _ metadata: JSONValue = .emptyObject) -> PassageDraft {
    PassageDraft(id: id, fields: ["error": error, "solution": solution], metadata: metadata)
}
