package import ContextCore
package import Retrieval

/// What this server holds, disclosed step by step: first what there is, then what a collection is about.
package struct Discovery: Sendable {
    private let library: PassageLibrary
    private let configuration: ContextConfiguration

    package init(library: PassageLibrary, configuration: ContextConfiguration) {
        self.library = library
        self.configuration = configuration
    }

    /// Under 300 tokens with the built-in collections, so that a remote model can afford to ask first.
    package struct Overview: Encodable, Sendable {
        package var server: String
        package var collections: [Entry]
        package var levels: [String: [String]]
        package var limits: Limits
        package var next: String

        package struct Entry: Encodable, Sendable {
            package var name: String
            package var kind: String
            package var count: Int

            /// The day of the last change; `nil` for an empty collection.
            package var updated: String?
        }

        package struct Limits: Encodable, Sendable {
            package var query: Int
            package var maxTokens: Int

            private enum CodingKeys: String, CodingKey {
                case query
                case maxTokens = "max_tokens"
            }
        }
    }

    package func overview(_ caller: RequestContext) async throws -> Overview {
        let collections = try await library.collections(for: caller.principal)
        let changes = try await library.lastChanges(in: collections)
        return Overview(
            server: "Roost: pull context for your question with POST /context/multi_turn",
            collections: collections.map { collection in
                Overview.Entry(
                    name: collection.name,
                    kind: collection.kind.rawValue,
                    count: library.passageCount(in: collection),
                    updated: changes[collection.key].map { String($0.iso8601.prefix(10)) }
                )
            },
            levels: additions,
            limits: Overview.Limits(
                query: configuration.limits.query,
                maxTokens: configuration.limits.maximumTokens
            ),
            next: "GET /discovery/{collection}"
        )
    }

    /// What each level adds to the one before.
    private var additions: [String: [String]] {
        var known: Set<String> = []
        return Dictionary(
            uniqueKeysWithValues: ContextLevel.allCases.map { level in
                (level.rawValue, configuration.levels[level].collections.filter { known.insert($0).inserted })
            }
        )
    }
}

extension Discovery {
    package struct Detail: Encodable, Sendable {
        package var name: String
        package var kind: String
        package var count: Int
        package var updated: String?
        package var fields: [String]
        package var facets: [Facet]
        package var samples: [String]

        /// Each finds something here.
        package var queries: [String]

        package struct Facet: Encodable, Sendable {
            package var key: String
            package var passages: Int
            package var values: [Value]
        }

        package struct Value: Encodable, Sendable {
            package var value: JSONValue
            package var passages: Int
        }
    }

    private static let facetCount = 8
    private static let valueCount = 8
    private static let sampleCount = 8
    private static let queryCount = 4

    /// - Throws: ``ContextError`` (not found), also for a collection outside the caller's scopes.
    package func detail(of name: String, _ caller: RequestContext) async throws -> Detail {
        let collection = try await library.collection(name, for: caller.principal)
        let samples = try await library.samples(of: collection, limit: Self.sampleCount)
        return Detail(
            name: collection.name,
            kind: collection.kind.rawValue,
            count: library.passageCount(in: collection),
            updated: try await library.lastChanges(in: [collection])[collection.key]?.iso8601,
            fields: collection.kind.fields,
            facets: library.facets(of: collection, paths: Self.facetCount, values: Self.valueCount).map { facet in
                Detail.Facet(
                    key: facet.path,
                    passages: facet.passages,
                    values: facet.values.map { Detail.Value(value: $0.value, passages: $0.passages) }
                )
            },
            samples: samples.map { $0.title.clipped(to: 100) },
            queries: try await queries(from: samples, in: collection, caller.principal)
        )
    }

    /// Topics of the samples, tried out.
    private func queries(
        from samples: [Passage],
        in collection: PassageCollection,
        _ principal: Principal
    ) async throws -> [String] {
        var topics = TopicSet([])
        var found: [String] = []
        for topic in samples.map(\.topic) where found.count < Self.queryCount && topics.insert(topic) {
            let query = RetrievalQuery(topic, mode: .keyword, in: [collection], limit: 1)
            let outcome = try await library.search(query, for: principal)
            if outcome.hits.contains(where: { configuration.relevance.accept($0.evidence) }) { found.append(topic) }
        }
        return found
    }
}
