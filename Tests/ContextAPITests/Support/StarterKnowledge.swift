import ContextCore
import FoundationEssentials
import Testing

/// The knowledge base that ships with Roost, in its collections.
enum StarterKnowledge {
    static let collections = ["error-solutions", "best-practices", "codebase-context"]

    /// One passage a line, as it goes into `passages`.
    static func passages(of collection: String, file: String = #filePath) throws -> [JSONValue] {
        let root = file.split(separator: "/").dropLast(4).joined(separator: "/")
        let data = try Data(contentsOf: URL(filePath: "/\(root)/Examples/knowledge/\(collection).jsonl"))
        return try data.split(separator: UInt8(ascii: "\n")).map {
            try JSONDecoder().decode(JSONValue.self, from: Data($0))
        }
    }

    /// Fills the server through its own door.
    static func load(into roost: Roost, as user: String = "anna") async throws {
        for collection in collections {
            let passages = try passages(of: collection)
            let receipt = try await roost.post(
                "/v1/collections/\(collection)/passages",
                ["passages": .array(passages)],
                as: user
            ).json(status: 201)
            #expect(receipt["created"].integer == passages.count)
            #expect(receipt["errors"].elements == [])
        }
    }
}

extension Roost {
    /// A collection of plain texts, each a passage with its place as id: `t0`, `t1`, ….
    func fill(_ name: String, with texts: [String], as user: String = "anna") async throws {
        _ = try await post("/v1/collections", ["name": .string(name), "kind": "text"], as: user).json(status: 201)
        let passages = texts.enumerated().map { index, text -> JSONValue in
            ["id": .string("t\(index)"), "text": .string(text), "metadata": ["number": .number(index)]]
        }
        _ = try await post("/v1/collections/\(name)/passages", ["passages": .array(passages)], as: user)
            .json(status: 201)
    }
}

/// Texts that share words and still differ enough not to be near-duplicates.
enum Texts {
    static let lighthouses = [
        "A lighthouse keeper trims the wick at dusk and writes the weather into a leather book.",
        "The lighthouse on the northern reef was automated; its lamp now turns without anybody on the rock.",
        "Fresnel's lens lets a lighthouse throw one small flame to the horizon in a flat bright sheet.",
        "Sailors know a lighthouse by its rhythm: two short flashes, a pause, then a long one.",
        "Building the lighthouse took nine summers, because the tide gave masons three hours a day.",
        "In fog the lighthouse is blind, so a horn driven by compressed air speaks instead.",
    ]
}
