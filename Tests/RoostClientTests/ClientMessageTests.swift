import Foundation
import Testing

@testable import RoostClient

@Suite struct ClientMessageTests {
    private func json(_ data: Data) throws -> JSONValue { try JSONDecoder().decode(JSONValue.self, from: data) }

    @Test func `filters are the server's, and chains stay flat`() {
        let source = Field("source"), page = Field("page")
        #expect((source == "a.pdf").json == ["source": ["$eq": "a.pdf"]])
        #expect(
            (source != "a" && page >= 3 && page < 9.5).json
                == ["$and": [["source": ["$ne": "a"]], ["page": ["$gte": 3]], ["page": ["$lt": 9.5]]]]
        )
        #expect(
            (page <= 1 || page > 5 && !Field("a.b").exists).json
                == [
                    "$or": [
                        ["page": ["$lte": 1]], ["$and": [["page": ["$gt": 5]], ["$not": ["a.b": ["$exists": true]]]]],
                    ]
                ]
        )
        #expect(source.isOne(of: ["a", "b"]).json == ["source": ["$in": ["a", "b"]]])
        #expect(source.isNone(of: [.null]).json == ["source": ["$nin": [.null]]])
    }

    @Test func `a search says what was asked for and no more`() throws {
        let plain = try json(ClientMessage.search([0.5, -1], k: 3, threshold: nil, filter: nil, id: "7"))
        #expect(plain == ["type": "searchVectors", "requestId": "7", "k": 3, "queryVector": [0.5, -1]])
        let full = try json(ClientMessage.search([1], k: 1, threshold: 0.25, filter: Field("a") == 1, id: "8"))
        #expect(full["threshold"] == 0.25 && full["metadataFilter"] == ["a": ["$eq": 1]])
    }

    @Test func `a prompt, with vectors and without`() throws {
        let plain = try json(ClientMessage.prompt("Why?", AskOptions(vectors: nil), id: "1"))
        #expect(plain == ["type": "prompt", "id": "1", "prompt": "Why?", "stream": true])
        let options = AskOptions(vectors: .init(k: 2, threshold: 0.5), maximumTokens: 9, conversation: "before")
        let full = try json(ClientMessage.prompt("Why?", options, id: "1"))
        #expect(full["useVectors"] == ["k": 2, "threshold": 0.5])
        let filtered = AskOptions(vectors: .init(filter: Field("a") == 1))
        let narrow = try json(ClientMessage.prompt("Why?", filtered, id: "1"))
        #expect(narrow["useVectors"]?["metadataFilter"] == ["a": ["$eq": 1]])
        #expect(full["maxTokens"] == 9 && full["conversationContext"] == "before")
    }

    @Test func `an upload is cut by count and by bytes, and loses nothing`() throws {
        var random = SeededGenerator(state: 3)
        for _ in 0..<40 {
            let count = Int.random(in: 0...60, using: &random)
            let vectors = (0..<count).map { number in
                SessionVector(
                    id: "\"\(number)\"",
                    vector: (0..<Int.random(in: 1...40, using: &random)).map { _ in .random(in: -1...1, using: &random)
                    },
                    metadata: number % 2 == 0 ? [:] : ["n": .number(Double(number))]
                )
            }
            let bytes = Int.random(in: 400...3_000, using: &random)
            var batches = UploadBatches(vectorsPerMessage: 7, bytesPerMessage: bytes)
            for vector in vectors { try batches.add(vector) }
            var read: [JSONValue] = []
            for batch in batches.batches {
                let message = ClientMessage.upload(batch, replacing: true, id: "12345")
                let content = try json(message)
                guard case .array(let elements)? = content["vectors"] else { Issue.record("no vectors"); continue }
                #expect(elements.count == batch.count && (1...7).contains(batch.count))
                #expect(message.count <= bytes || batch.count == 1)
                #expect(content["replace"] == true)
                read += elements
            }
            #expect(read.map { $0["id"]?.text } == vectors.map(\.id))
            for (element, vector) in zip(read, vectors) {
                guard case .array(let numbers)? = element["vector"] else { Issue.record("no numbers"); continue }
                #expect(numbers.compactMap(\.number).map { Float($0) } == vector.vector)
                #expect(element["metadata"] == (vector.metadata.isEmpty ? nil : .object(vector.metadata)))
            }
        }
    }

    @Test func `what is no number is sent as the word that the server reports`() {
        let text = String(decoding: WireNumbers.text(of: [.nan, .infinity, -.infinity, 0]), as: UTF8.self)
        #expect(text == "[NaN,Infinity,-Infinity,0.0]")
    }

    @Test func `an upload that is refused leaves what is kept as it was`() {
        func vector(_ id: String, _ number: Float) -> SessionVector { SessionVector(id: id, vector: [number]) }
        func state(_ kept: KeptVectors) -> [String: [Float]] {
            Dictionary(kept.all.map { ($0.id, $0.vector) }) { $1 }
        }
        var kept = KeptVectors()
        _ = kept.store([vector("a", 1), vector("b", 2)], replacing: false)
        let before = state(kept)
        let added = kept.store([vector("a", 3), vector("a", 4), vector("c", 5)], replacing: false)
        #expect(state(kept) == ["a": [4], "b": [2], "c": [5]])
        kept.takeBack(added)
        #expect(state(kept) == before)
        let replaced = kept.store([vector("d", 6)], replacing: true)
        #expect(state(kept) == ["d": [6]])
        kept.takeBack(replaced)
        let removed = kept.remove(["a", "x"])
        #expect(state(kept) == ["b": [2]])
        kept.takeBack(removed)
        #expect(state(kept) == before)
    }

    @Test func `pauses double, follow the server, and end`() {
        var policy = RetryPolicy()
        policy.attempts = 3
        func refusal(_ code: String, after: Duration? = nil) -> RoostError {
            .refused(.init(message: "", code: code, parameter: nil, status: nil, retryAfter: after))
        }
        #expect(policy.pause(after: 1, refusal("overloaded")) == .milliseconds(200))
        #expect(policy.pause(after: 2, .unreachable("")) == .milliseconds(400))
        #expect(policy.pause(after: 1, refusal("rate_limited", after: .seconds(3))) == .seconds(3))
        #expect(policy.pause(after: 1, refusal("overloaded", after: .seconds(99))) == .seconds(10))
        #expect(policy.pause(after: 3, refusal("overloaded")) == nil)
        #expect(policy.pause(after: 1, refusal("invalid_request")) == nil)
        #expect(policy.pause(after: 1, .connectionLost("")) == nil)
    }
}
