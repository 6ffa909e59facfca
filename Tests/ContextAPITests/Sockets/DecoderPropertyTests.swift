import ContextCore
import FoundationEssentials
import Retrieval
import TestSupport
import Testing

@testable import ContextAPI

/// The decoder beside a slow one that builds the whole tree first.
@Suite struct DecoderPropertyTests {
    private static let dimensions = 4

    private static let decoder = {
        var limits = SessionVectorLimits()
        limits.vectorsPerMessage = 20
        limits.metadataBytes = 60
        return SocketMessageDecoder(dimensions: dimensions, vectors: limits)
    }()

    /// What is stored of an upload; metadata as a tree, because the order of members has no meaning.
    private struct Stored: Equatable {
        var id: ClientID
        var numbers: [Float]
        var metadata: JSONValue
    }

    private static func fast(_ bytes: [UInt8]) -> [Stored]? {
        guard case .upload(let upload)? = try? decoder.decode(bytes).content else { return nil }
        return upload.vectors.rows.enumerated().map { index, row in
            let tree = try? JSONDecoder().decode(JSONValue.self, from: Data(row.metadata.utf8))
            let start = index * dimensions
            return Stored(
                id: row.id,
                numbers: Array(upload.vectors.numbers[start..<start + dimensions]),
                metadata: tree ?? .null
            )
        }
    }

    private static func slow(_ bytes: [UInt8]) -> [Stored]? {
        guard let tree = try? JSONDecoder().decode(JSONValue.self, from: Data(bytes)), tree["type"] == "uploadVectors",
            case .array(let vectors) = tree["vectors"], vectors.count <= 20,
            [.null, true, false].contains(tree["replace"]), isID(tree["requestId"]) || tree["requestId"] == .null,
            isID(tree["id"]) || tree["id"] == .null
        else { return nil }
        return vectors.compactMap(stored)
    }

    private static func isID(_ value: JSONValue) -> Bool {
        value.number != nil || value.stringValue.map { $0.utf8.count <= 1_024 } == true
    }

    private static func stored(_ vector: JSONValue) -> Stored? {
        let numbers = vector["vector"].elements.compactMap { $0.number.map { Float($0) } }
        let metadata = vector["metadata"] == .null ? .emptyObject : vector["metadata"]
        guard isID(vector["id"]), vector["vector"].elements.count == dimensions, numbers.count == dimensions,
            numbers.allSatisfy(\.isFinite), metadata.objectValue != nil, metadata.description.utf8.count <= 60
        else { return nil }
        let id = vector["id"]
        return Stored(
            id: id.stringValue.map(ClientID.string) ?? .number(id.description),
            numbers: numbers,
            metadata: metadata
        )
    }

    private static func message(using generator: inout SeededGenerator) -> JSONValue {
        let vectors = (0..<Int.random(in: 0...5, using: &generator)).map { number -> JSONValue in
            let count = Int.random(in: 0...9, using: &generator) == 0 ? 3 : dimensions
            let numbers = (0..<count).map { _ in JSONValue.number(Double.random(in: -2...2, using: &generator)) }
            return [
                "id": Bool.random(using: &generator) ? .string("v\(number)") : .number(number),
                "vector": .array(numbers),
                "metadata": ["page": .number(number), "text": "wörd \"quoted\""],
            ]
        }
        return ["type": "uploadVectors", "requestId": "r", "vectors": .array(vectors), "replace": false]
    }

    @Test func `what a tree says is stored, and nothing else`() {
        var generator = SeededGenerator(seed: 21)
        var uploads = 0
        for _ in 0..<700 {
            let message = Mutation.value(Self.message(using: &generator), using: &generator)
            let bytes = Array(message.description.utf8)
            let expected = Self.slow(bytes)
            #expect(Self.fast(bytes) == expected, "\(message.description.clipped(to: 900))")
            uploads += expected == nil ? 0 : 1
        }
        #expect(uploads > 90)
    }

    @Test func `mutated bytes are stored as the tree says, or refused`() {
        var generator = SeededGenerator(seed: 22)
        for _ in 0..<700 {
            let bytes = Mutation.bytes(of: Self.message(using: &generator), using: &generator)
            guard String(validating: bytes, as: UTF8.self) != nil, !bytes.contains(0) else { continue }
            // Where the tree can be built at all: the fast one also takes NaN and refuses what came twice.
            guard let expected = Self.slow(bytes), let found = Self.fast(bytes) else { continue }
            #expect(found == expected, "\(String(decoding: bytes.prefix(900), as: UTF8.self))")
        }
    }
}
