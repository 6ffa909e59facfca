package import ContextCore
import ContextEngine
import HTTP
package import Retrieval

extension ContextAPI {
    func createCollection(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let body = try request.decode(CollectionBody.self)
        let collection = try await engine.library.create(try body.value.draft(), for: caller.principal, at: caller.now)
        return try .json(encoding: CollectionReport(collection, passages: 0), .created, ignored: body.ignored)
    }

    func listCollections(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let collections = try await engine.library.collections(for: caller.principal)
        return try .json(encoding: ["collections": collections.map(report)])
    }

    func showCollection(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        try .json(encoding: report(try await collection(of: request, caller)))
    }

    func deleteCollection(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let collection = try await collection(of: request, caller)
        let passages = try await engine.library.delete(collection)
        return try .json(encoding: Deletion(collection, passages: passages))
    }

    func writePassages(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let collection = try await collection(of: request, caller)
        let body = try request.decode(PassagesBody.self)
        let receipt = try await engine.library.write(
            try body.value.drafts(as: collection.kind),
            to: collection,
            at: caller.now
        )
        return try .json(encoding: receipt, .created, ignored: body.ignored + body.value.ignored)
    }

    func deletePassage(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let collection = try await collection(of: request, caller)
        let id = request.parameter("id")
        try await engine.library.deletePassage(id, from: collection)
        return try .json(encoding: ["status": "deleted", "id": id])
    }

    private func collection(of request: HTTPRequest, _ caller: RequestContext) async throws -> PassageCollection {
        try await engine.library.collection(request.parameter("name"), for: caller.principal)
    }

    private func report(_ collection: PassageCollection) -> CollectionReport {
        CollectionReport(collection, passages: engine.library.passageCount(in: collection))
    }
}

private struct CollectionBody: Decodable, KnownKeys {
    var name: String
    var kind: String
    var retention: Retention?
    var metadata: JSONValue?

    enum CodingKeys: String, CodingKey, CaseIterable { case name, kind, retention, metadata }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }

    func draft() throws(ContextError) -> CollectionDraft {
        guard let kind = try Choice.read(kind, "kind", of: PassageKind.self) else {
            throw .invalid("kind", "kind is required.")
        }
        let metadata = metadata == .null ? nil : metadata
        if let metadata { try Validation.metadata(metadata, limit: PassageLimits().metadataBytes) }
        return CollectionDraft(
            name: name,
            kind: kind,
            retention: retention ?? .permanent,
            metadata: metadata ?? .emptyObject
        )
    }
}

private struct CollectionReport: Encodable {
    let name: String
    let kind: PassageKind
    let retention: Retention
    let metadata: JSONValue
    let passages: Int

    init(_ collection: PassageCollection, passages: Int) {
        name = collection.name
        kind = collection.kind
        retention = collection.retention
        metadata = collection.metadata
        self.passages = passages
    }
}

private struct Deletion: Encodable {
    let status: String
    let name: String
    let passages: Int

    init(_ collection: PassageCollection, passages: Int) {
        status = collection.isBuiltIn ? "emptied" : "deleted"
        name = collection.name
        self.passages = passages
    }
}

private struct PassagesBody: Decodable, KnownKeys {
    var passages: [RequestBody<PassageBody>]

    static var keys: [String] { ["passages"] }

    /// Members of single passages that have no meaning, each name once.
    var ignored: [String] { Set(passages.flatMap(\.ignored)).sorted().map { "passages[].\($0)" } }

    func drafts(as kind: PassageKind) throws(ContextError) -> [PassageDraft] {
        var drafts: [PassageDraft] = []
        for (index, passage) in passages.enumerated() {
            do {
                drafts.append(try passage.value.draft(as: kind))
            } catch {
                throw .invalid("passages[\(index)].\(error.parameter ?? "text")", error.message)
            }
        }
        return drafts
    }
}

/// One passage as callers write it, over HTTP and in the lines of an import file.
package struct PassageBody: Decodable, KnownKeys, Sendable {
    package var id: String?
    package var fields: [String: String]?
    package var text: String?
    package var metadata: JSONValue?

    package static let keys = ["id", "fields", "text", "metadata"]

    /// A bare text fills the kind's main field, also beside `fields`.
    ///
    /// - Throws: ``ContextError`` when `fields` fill it as well: one of the two would be lost.
    package func draft(as kind: PassageKind) throws(ContextError) -> PassageDraft {
        var fields = fields ?? [:]
        if let text {
            guard fields.updateValue(text, forKey: kind.body) == nil else {
                throw .invalid("text", "text and fields.\(kind.body) are the same field; send one of them.")
            }
        }
        let metadata = metadata == .null ? nil : metadata
        return PassageDraft(id: id, fields: fields, metadata: metadata ?? .emptyObject)
    }
}
