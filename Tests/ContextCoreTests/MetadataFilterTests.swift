import ContextCore
import Testing

@Suite struct MetadataFilterTests {
    let metadata: JSONValue = [
        "source": "a.pdf", "page": 7, "tags": ["red", "green"], "author": ["name": "Ada", "born": 1815],
        "dotted.key": true, "date": "2026-01-05", "list": [["x": 1], ["x": 2]], "snowflake": 9_007_199_254_740_993,
        "largest": 9_223_372_036_854_775_807,
    ]

    @Test(
        arguments: [
            (["source": "a.pdf"], true), (["source": ["$eq": "b.pdf"]], false), (["source": ["$ne": "b.pdf"]], true),
            (["nowhere": ["$ne": 1]], true), (["nowhere": ["$gt": 1]], false), (["page": ["$gte": 7, "$lt": 8]], true),
            (["page": ["$gt": "6"]], false), (["tags": "red"], true), (["tags": ["red", "green"]], true),
            (["tags": ["$nin": ["red"]]], false), (["tags": ["$in": ["blue", "green"]]], true),
            (["author.name": "Ada"], true), (["author": ["name": "Ada", "born": 1815]], true),
            (["dotted.key": true], true),
            (["date": ["$gte": "2026-01-01"]], true), (["list.x": 2], true), (["list.x": 3], false),
            (["author.born": ["$exists": true]], true), (["author.died": ["$exists": false]], true),
            (["$or": [["page": 1], ["page": 7]]], true), (["$and": [["page": 7], ["tags": "blue"]]], false),
            (["$not": ["page": 7]], false), (["page": ["$not": ["$gt": 10]]], true), ([:], true), (["$or": []], false),
            (["snowflake": 9_007_199_254_740_993], true), (["snowflake": 9_007_199_254_740_992], false),
            (["snowflake": ["$gt": 9_007_199_254_740_992]], true),
            (["snowflake": ["$lt": 9_007_199_254_740_994]], true),
            (["snowflake": ["$gt": 1.5]], true), (["snowflake": ["$lte": 9_007_199_254_740_995]], true),
            (["largest": ["$gte": 9_223_372_036_854_775_808.0]], false),
            (["largest": ["$lt": 9_223_372_036_854_775_808.0]], true), (["page": ["$lt": 9_007_199_254_740_993]], true),
        ] as [(JSONValue, Bool)]
    )
    func `a filter means the same to everybody`(json: JSONValue, expected: Bool) throws {
        #expect(try #require(try MetadataFilter(json)).matches(metadata) == expected)
    }

    @Test(
        arguments: [
            (["page": ["$regex": "x"]], "$regex"), (["$nor": []], "$nor"), ("text", "\"text\""),
            (["page": ["$in": 3]], "$in"), (["page": ["$exists": 1]], "$exists"), (["page": ["$gt": true]], "$gt"),
            (["page": ["$eq": 1, "stray": 2]], "stray"), (["$and": ["x": 1]], "$and"),
        ] as [(JSONValue, String)]
    )
    func `what cannot be understood is refused by name`(json: JSONValue, name: String) throws {
        let error = try #require(throws: ContextError.self) { _ = try MetadataFilter(json) }
        #expect(error.message.contains(name))
        #expect(error.status == 400)
        #expect(error.parameter == "filter")
    }

    @Test func `null is no filter`() throws {
        #expect(try MetadataFilter(.null) == nil)
    }

    @Test func `a filter too deep or too long is refused with the limit`() {
        var deep: JSONValue = ["page": 1]
        for _ in 0..<100 { deep = ["$not": deep] }
        #expect(throws: ContextError.self) { _ = try MetadataFilter(deep) }
        let long: JSONValue = ["page": ["$in": .array((0...1_000).map { .number(Double($0)) })]]
        #expect(throws: ContextError.self) { _ = try MetadataFilter(long) }
    }

    @Test(
        arguments: [
            (String(repeating: "é", count: 512), nil),
            (String(repeating: "é", count: 512) + "x", "1025 bytes (max: 1024)"),
            (String(repeating: "a.", count: 31) + "b", nil), (String(repeating: "a.", count: 32), "33 parts (max: 32)"),
            (String(repeating: ".", count: 500_000), "500000 bytes (max: 1024)"),
        ] as [(String, String?)]
    )
    func `a path too long or with too many parts is refused with the limit`(path: String, sentence: String?) {
        for filter in [.object([path: 1]), ["$or": [.object([path: ["$exists": true]])]]] as [JSONValue] {
            #expect(refusal(filter)?.message.contains(sentence ?? "") == sentence.map { _ in true })
        }
    }

    @Test(
        arguments: [
            ([:], 1), (["page": 1], 1), (["$and": []], 1), (["$or": []], 1), (["$not": [:]], 2),
            (["$and": [[:], [:]]], 3), (["page": ["$gt": 1, "$lt": 9]], 2), (["page": ["$in": [1, 2]]], 3),
            (["page": ["$not": ["$gt": 1]]], 2),
        ] as [(JSONValue, Int)]
    )
    func `everything a filter is made of counts against its limit`(part: JSONValue, count: Int) {
        var limits = MetadataFilter.Limits()
        for parts in [1, 7, 300] {
            let filter: JSONValue = ["$or": .array(Array(repeating: part, count: parts))]
            limits.conditions = 1 + parts * count
            #expect(refusal(filter, limits) == nil)
            limits.conditions -= 1
            #expect(refusal(filter, limits)?.message.contains("more than \(limits.conditions) conditions") == true)
        }
    }

    private func refusal(
        _ filter: JSONValue,
        _ limits: MetadataFilter.Limits = MetadataFilter.Limits()
    ) -> ContextError? {
        do throws(ContextError) {
            _ = try MetadataFilter(filter, limits: limits)
            return nil
        } catch {
            return error
        }
    }

    @Test func `every value that can be enumerated is found under its path, and no other`() {
        metadata.forEachValue { path, value in
            #expect(metadata.containsValue(at: path) { $0 == value })
            #expect(!metadata.containsValue(at: path + ".more") { _ in true } || path == "author" || path == "list")
        }
    }
}
