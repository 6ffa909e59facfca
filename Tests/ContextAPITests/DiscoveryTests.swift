import ContextCore
import Embeddings
import TestSupport
import Testing

/// `GET /discovery`, `GET /discovery/{collection}`.
@Suite struct DiscoveryTests {
    @Test func `the overview costs less than 300 tokens`() async throws {
        try await withRoost { roost in
            let text = try await checkedOverview(roost)
            #expect(roost.tokens(text) < 300)
            if InstalledModel.folder != nil { #expect(try InstalledModel.embedder().tokenizer.count(text) < 300) }
        }
    }

    private func checkedOverview(_ roost: Roost) async throws -> String {
        try await StarterKnowledge.load(into: roost)
        let answer = await roost.get("/discovery")
        let overview = try answer.json(status: 200)
        #expect(overview.names == ["collections", "levels", "limits", "next", "server"])
        let entries = overview["collections"].elements
        #expect(
            entries.compactMap(\.["name"].stringValue) == [
                "best-practices", "codebase-context", "error-solutions", "interaction-history", "skills-patterns",
            ]
        )
        let filled = try #require(entries.first { $0["name"] == "error-solutions" })
        let count = try StarterKnowledge.passages(of: "error-solutions").count
        #expect(
            filled
                == [
                    "name": "error-solutions", "kind": "error-solution", "count": .number(count),
                    "updated": "2026-01-05",
                ]
        )
        #expect(overview["levels"].names == ["comprehensive", "detailed", "standard"])
        #expect(overview["levels"]["detailed"] == ["codebase-context"])
        #expect(overview["limits"] == ["query": 8_192, "max_tokens": 32_000])
        return answer.text
    }

    @Test func `a collection tells its facets, samples and queries that work`() async throws {
        try await withRoost { roost in
            try await StarterKnowledge.load(into: roost)
            let detail = try await roost.get("/discovery/error-solutions").json(status: 200)
            #expect(
                detail.names == ["count", "facets", "fields", "kind", "name", "queries", "samples", "updated"]
            )
            let passages = try StarterKnowledge.passages(of: "error-solutions")
            #expect(detail["count"].integer == passages.count)
            #expect(detail["fields"].strings == ["error", "context", "solution", "source", "confidence"])
            let topic = try #require(detail["facets"].elements.first { $0["key"] == "topic" })
            for value in topic["values"].elements {
                let count = passages.count { $0["metadata"]["topic"] == value["value"] }
                #expect(value["passages"].integer == count)
            }
            #expect(!detail["samples"].strings.isEmpty && !detail["queries"].strings.isEmpty)
            for query in detail["queries"].strings {
                let turn = try await roost.pull(["query": .string(query), "collections": ["error-solutions"]])
                #expect(!turn["context_ids"].strings.isEmpty, "\(query)")
            }
        }
    }

    @Test func `an empty collection has nothing to tell, an unknown one is not there`() async throws {
        try await withRoost { roost in
            let detail = try await roost.get("/discovery/skills-patterns").json(status: 200)
            #expect(
                detail["count"] == 0 && detail["samples"] == [] && detail["queries"] == [] && detail["facets"] == []
            )
            await roost.get("/discovery/void").expectError(404, "not_found", says: "void")
        }
    }
}
