import ContextCore
import ContextEngine
import HTTP
import Retrieval
import Runtime

extension ContextAPI {
    func search(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let start = MonotonicTime.now
        let body = try request.decode(SearchBody.self)
        try body.value.checkCounts(limits, engine.configuration.limits)
        let collections = try await collections(body.value.collections, caller)
        var query = try body.value.query(in: collections, limits, engine.configuration.limits)
        query.excluding = Set(
            try await engine.library.keys(ids: body.value.excludeIDs ?? [], for: caller.principal)
        )
        let outcome = try await engine.library.search(query, for: caller.principal)
        let report = SearchReport(
            outcome,
            explained: body.value.explain ?? false,
            milliseconds: MonotonicTime.now.seconds(since: start) * 1_000
        )
        return .json(writing: report, capacity: outcome.hits.count * 1_024, ignored: body.ignored)
    }

    /// All that the caller may read, or those that were named; of a name that several scopes have, all.
    private func collections(_ names: [String]?, _ caller: RequestContext) async throws -> [PassageCollection] {
        let readable = try await engine.library.collections(for: caller.principal)
        guard let names else { return readable }
        return try names.flatMap { name in
            let named = readable.filter { $0.name == name }
            guard !named.isEmpty else { throw ContextError.unknown("collection", name, parameter: "collections") }
            return named
        }
    }
}

private struct SearchBody: Decodable, KnownKeys {
    var query: String?
    var vector: Fitting<[Float]>?
    var mode: String?
    var collections: [String]?
    var filter: JSONValue?
    var limit: Fitting<Int>?
    var threshold: Fitting<Double>?
    var excludeIDs: [String]?
    var explain: Bool?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case query, vector, mode, collections, filter, limit, threshold, explain
        case excludeIDs = "exclude_ids"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    /// Before anything is looked up.
    func checkCounts(_ limits: APILimits, _ context: ContextLimits) throws(ContextError) {
        if let limit = limit?.value, !(1...limits.maximumResults).contains(limit) {
            throw .invalid("limit", "limit is \(limit); use 1 to \(limits.maximumResults).")
        }
        if let excludeIDs, excludeIDs.count > limits.excludedIDs {
            throw .invalid("exclude_ids", "exclude_ids has \(excludeIDs.count) ids (max: \(limits.excludedIDs)).")
        }
        if let collections, !(1...context.collections).contains(collections.count) {
            throw .invalid(
                "collections",
                "collections has \(collections.count) names; use 1 to \(context.collections), or leave it out for all."
            )
        }
    }

    func query(
        in collections: [PassageCollection],
        _ limits: APILimits,
        _ context: ContextLimits
    ) throws(ContextError) -> RetrievalQuery {
        guard query != nil || vector != nil else {
            throw .invalid("query", "query or vector is required.")
        }
        let mode = try Choice.read(mode, "mode", of: SearchMode.self) ?? .hybrid
        guard query != nil || mode != .keyword else {
            throw .invalid("mode", "mode “keyword” needs a query; a vector has no words.")
        }
        try checkThreshold(for: query == nil ? .vector : mode)
        return RetrievalQuery(
            try query.map { (text) throws(ContextError) in try Validation.text(text, "query", limit: context.query) },
            vector: vector?.value,
            mode: query == nil ? .vector : mode,
            in: collections,
            filter: try filter.flatMap { (json) throws(ContextError) in try MetadataFilter(json) },
            limit: limit?.value ?? limits.defaultResults,
            threshold: threshold?.value
        )
    }

    /// In the units of the mode's scores.
    private func checkThreshold(for mode: SearchMode) throws(ContextError) {
        let scores =
            switch mode {
            case .hybrid: 0.0...1.0
            case .vector: -1.0...1.0
            case .keyword: 0.0...Double.greatestFiniteMagnitude
            }
        guard let threshold = threshold?.value, !scores.contains(threshold) else { return }
        let range = mode == .keyword ? "0 or more" : "\(Int(scores.lowerBound)) to 1"
        throw .invalid("threshold", "threshold is \(threshold); scores of mode “\(mode.rawValue)” are \(range).")
    }
}

extension SearchBody: PlainBody {
    mutating func read(_ name: JSONCursor.Name, _ json: inout JSONCursor) throws(JSONCursor.Refusal) {
        switch name {
        case "query": query = try json.text()
        case "mode": mode = try json.text()
        case "collections":
            var names: [String] = []
            let isList = try json.elements { json throws(JSONCursor.Refusal) in
                guard let name = try json.text() else { throw JSONCursor.Refusal() }
                names.append(name)
            }
            if isList { collections = names }
        case "limit": limit = try json.integer().map(Fitting.init)
        case "threshold": threshold = try json.double().map(Fitting.init)
        case "explain": explain = try json.flag()
        default: throw JSONCursor.Refusal()
        }
    }

    var isWhole: Bool { true }
}
