import ContextCore
import TestSupport

@testable import Retrieval

/// A session's vectors as a dictionary, searched one by one in double precision: the truth.
struct BruteForceSession {
    struct Row {
        var vector: [Double]
        var metadata: JSONValue
    }

    private(set) var rows: [ClientID: Row] = [:]

    mutating func store(_ vectors: [MadeVector], replacing: Bool = false) {
        if replacing { rows = [:] }
        for vector in vectors { rows[vector.id] = Row(vector: Self.unit(vector.numbers), metadata: vector.metadata) }
    }

    mutating func delete(_ ids: [ClientID]) { for id in ids { rows[id] = nil } }

    func score(_ id: ClientID, _ query: [Float]) -> Double? {
        rows[id].map { row in zip(row.vector, Self.unit(query)).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    func search(
        _ query: [Float],
        count: Int,
        threshold: Float?,
        filter: MetadataFilter?
    ) -> [(id: ClientID, score: Double)] {
        var found: [(id: ClientID, score: Double)] = []
        for (id, row) in rows where filter?.matches(row.metadata) ?? true {
            let score = score(id, query) ?? 0
            if score >= Double(threshold ?? -2) { found.append((id, score)) }
        }
        found.sort { ($1.score, $0.id) < ($0.score, $1.id) }
        return Array(found.prefix(count))
    }

    /// What is wrong with `found`; `nil` if it is the exact answer.
    ///
    /// Two rows may change places when their scores differ by less than stored floats can tell, but not when they are equal.
    func complaint(
        about found: SessionVectors.Found,
        _ query: [Float],
        count: Int,
        threshold: Float?,
        filter: MetadataFilter?
    ) -> String? {
        let expected = search(query, count: count, threshold: threshold, filter: filter)
        if found.total != rows.count { return "total \(found.total) instead of \(rows.count)" }
        if found.hits.count != expected.count { return "\(found.hits.count) hits instead of \(expected.count)" }
        for (hit, expected) in zip(found.hits, expected) {
            guard let score = score(hit.id, query), let row = rows[hit.id] else { return "\(hit.id) does not exist" }
            if abs(Double(hit.score) - score) > 1e-5 { return "\(hit.id): score \(hit.score) instead of \(score)" }
            if hit.id != expected.id, score == expected.score || abs(score - expected.score) > 3e-7 {
                return "\(hit.id) in the place of \(expected.id)"
            }
            if JSONValue(text: hit.metadata) != row.metadata { return "\(hit.id): metadata \(hit.metadata)" }
            if filter.map({ !$0.matches(row.metadata) }) ?? false { return "\(hit.id) does not match" }
        }
        return Set(found.hits.map(\.id)).count == found.hits.count ? nil : "an id twice"
    }

    private static func unit(_ vector: [Float]) -> [Double] {
        let norm = vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
        return vector.map { Double($0) / norm }
    }
}

struct MadeVector {
    var id: ClientID
    var numbers: [Float]
    var metadata: JSONValue = .emptyObject
}

extension VectorUpload {
    init(_ vectors: [MadeVector]) {
        self.init(
            rows: vectors.map { Row(id: $0.id, metadata: $0.metadata.description) },
            numbers: vectors.flatMap(\.numbers)
        )
    }
}

extension SessionVectors {
    @discardableResult
    func store(_ vectors: [MadeVector], replacing: Bool = false) async throws(ContextError) -> Stored {
        try await store(VectorUpload(vectors), replacing: replacing)
    }
}

extension SeededGenerator {
    mutating func clientID(below limit: Int) -> ClientID {
        let number = below(limit)
        return number.isMultiple(of: 3) ? .number("\(number)") : .string("chunk_\(number)")
    }

    /// Few directions and few values, so that scores tie and filters find something.
    mutating func madeVector(_ dimensions: Int, ids: Int, directions: [[Float]]) -> MadeVector {
        var metadata: [String: JSONValue] = [
            "source": .string(pick(["a.pdf", "b.pdf", "c.pdf"])), "page": .number(Double(below(50))),
        ]
        if below(4) == 0 { metadata["tags"] = .array([.string(pick(["x", "y"])), "z"]) }
        if below(8) == 0 { metadata["deep"] = ["rare": .bool(below(2) == 0)] }
        return MadeVector(
            id: clientID(below: ids),
            numbers: below(3) == 0 ? pick(directions) : vector(dimensions),
            metadata: below(10) == 0 ? .emptyObject : .object(metadata)
        )
    }

    mutating func sessionFilter() -> JSONValue {
        switch below(9) {
        case 0: ["source": "a.pdf"]
        case 1: ["source": ["$in": ["b.pdf", "none.pdf"]]]
        case 2: ["page": ["$gte": .number(Double(below(50)))]]
        case 3: ["page": .number(Double(below(60)))]
        case 4: ["$not": ["tags": "x"]]
        case 5: ["tags": ["$exists": true], "source": ["$ne": "c.pdf"]]
        case 6: ["deep.rare": true]
        case 7: ["$or": [["page": ["$lt": 3]], ["deep.rare": ["$exists": true]]]]
        default: ["nowhere": 1]
        }
    }
}
