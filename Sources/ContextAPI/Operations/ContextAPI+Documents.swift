import ContextCore
import ContextEngine
import Documents
import HTTP
import Retrieval
import Runtime

extension ContextAPI {
    /// Accepts a document as JSON `{title, text, …}` or as a form with a `file`; durable when the 202 goes out.
    func submitDocument(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let isForm = request.headers["Content-Type"]?.lowercased().hasPrefix("multipart/form-data") ?? false
        let (upload, ignored) = try isForm ? uploadedFile(request) : uploadedText(request)
        try upload.checkSize(isForm ? "file" : "text", engine.library.documentLimits)
        let collection = try await engine.library.collection(
            upload.collection ?? Self.defaultCollection,
            for: caller.principal
        )
        let submission = try await engine.library.submit(upload.draft, upload.input, into: collection, at: caller.now)
        return try .json(
            encoding: DocumentReport(submission.document, collection: collection.name, submission: submission),
            .accepted,
            ignored: ignored
        )
    }

    /// Where documents go unless the request says otherwise.
    private static let defaultCollection = "codebase-context"

    private func uploadedText(_ request: HTTPRequest) throws -> (UploadedDocument, [String]) {
        let body = try request.decode(DocumentBody.self)
        return (try UploadedDocument(body.value), body.ignored)
    }

    private func uploadedFile(_ request: HTTPRequest) throws -> (UploadedDocument, [String]) {
        let form: MultipartForm
        do {
            form = try MultipartForm(request.body, contentType: request.headers["Content-Type"] ?? "")
        } catch {
            throw ContextError(.invalidRequest, error.description)
        }
        return (try UploadedDocument(form), form.parts.map(\.name).filter { !UploadedDocument.parts.contains($0) })
    }

    func showDocument(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let document = try await engine.library.document(request.parameter("id"), for: caller.principal)
        let collections = try await engine.library.collections(for: caller.principal)
        let name = collections.first { $0.key == document.collection }?.name ?? ""
        return try .json(encoding: DocumentReport(document, collection: name))
    }

    func deleteDocument(_ request: HTTPRequest, _ caller: RequestContext) async throws -> HTTPResponse {
        let id = request.parameter("id")
        let passages = try await engine.library.deleteDocument(id, for: caller.principal)
        return try .json(encoding: Deletion(status: "deleted", documentID: id, passages: passages))
    }

    private struct Deletion: Encodable {
        let status: String
        let documentID: String
        let passages: Int

        private enum CodingKeys: String, CodingKey {
            case status, passages
            case documentID = "document_id"
        }
    }
}

private struct DocumentBody: Decodable, KnownKeys {
    var title: String?
    var text: String
    var source: String?
    var contentType: String?
    var collection: String?
    var metadata: JSONValue?

    enum CodingKeys: String, CodingKey, CaseIterable {
        case title, text, source, collection, metadata
        case contentType = "content_type"
    }

    static var keys: [String] { CodingKeys.allCases.map(\.rawValue) }
}

/// A document as it came in, whichever way.
private struct UploadedDocument {
    let draft: DocumentDraft
    let input: DocumentReader.Input
    let collection: String?

    init(_ body: DocumentBody) throws(ContextError) {
        let metadata = try Self.checked(body.metadata)
        self.init(
            bytes: Array(body.text.utf8),
            source: body.source ?? body.title,
            contentType: body.contentType ?? "text/markdown",
            title: body.title,
            metadata: metadata,
            collection: body.collection
        )
    }

    /// The parts of a form that have a meaning.
    static let parts: Set = ["file", "source", "title", "metadata", "collection"]

    init(_ form: MultipartForm) throws(ContextError) {
        guard let file = form["file"] else {
            throw .invalid("file", "The form has no part named “file”. Send one, as in curl -F file=@PATH.")
        }
        self.init(
            bytes: Array(file.body),
            source: form.text("source") ?? file.fileName,
            contentType: file.contentType == "application/octet-stream" ? nil : file.contentType,
            title: form.text("title"),
            metadata: try Self.checked(form.metadata()),
            collection: form.text("collection")
        )
    }

    /// - Parameter source: without one the content names it, so that two nameless documents are two.
    private init(
        bytes: [UInt8],
        source: String?,
        contentType: String?,
        title: String?,
        metadata: JSONValue,
        collection: String?
    ) {
        let hash = SHA256.hash(bytes)
        let source = source.flatMap { $0.isEmpty ? nil : $0 } ?? "untitled-" + SHA256.hexadecimal(hash).prefix(12)
        draft = DocumentDraft(
            source: source,
            contentHash: hash,
            bytes: bytes.count,
            title: title,
            metadata: metadata
        )
        input = DocumentReader.Input(
            bytes: bytes,
            name: source,
            contentType: contentType,
            title: title,
            metadata: metadata
        )
        self.collection = collection
    }

    func checkSize(_ field: String, _ limits: DocumentLimits) throws(ContextError) {
        guard draft.bytes > 0 else { throw .invalid(field, "The document is empty; send some text.") }
        guard draft.bytes <= limits.inputBytes else {
            throw ContextError(
                .payloadTooLarge,
                "The document has \(draft.bytes) bytes (max: \(limits.inputBytes)). Split it.",
                parameter: field
            )
        }
        for (field, name) in [("title", draft.title ?? ""), ("source", draft.source)] {
            guard name.utf8.count <= limits.nameBytes else {
                throw .invalid(
                    field,
                    "\(field) has \(name.utf8.count) bytes (max: \(limits.nameBytes)). Shorten it."
                )
            }
        }
    }

    private static func checked(_ metadata: JSONValue?) throws(ContextError) -> JSONValue {
        guard let metadata, metadata != .null else { return .emptyObject }
        try Validation.metadata(metadata, limit: PassageLimits().documentMetadataBytes)
        return metadata
    }
}

extension MultipartForm {
    fileprivate func text(_ name: String) -> String? {
        self[name].map { String(decoding: $0.body, as: UTF8.self) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    fileprivate func metadata() throws(ContextError) -> JSONValue? {
        guard let text = text("metadata") else { return nil }
        let request = HTTPRequest(.post, "/", body: Array(text.utf8))
        do {
            return try request.decode(JSONValue.self).value
        } catch {
            throw .invalid("metadata", "metadata is not a JSON object: “\(text.clipped(to: 60))”.")
        }
    }
}

private struct DocumentReport: Encodable {
    let document: StoredDocument
    let collection: String

    /// Of the submission that this answers.
    let submission: Submission?

    init(_ document: StoredDocument, collection: String, submission: Submission? = nil) {
        self.document = document
        self.collection = collection
        self.submission = submission
    }

    private enum CodingKeys: String, CodingKey {
        case status, outcome, source, title, collection, passages, bytes, warnings, problem, metadata
        case documentID = "document_id"
        case duplicateOf = "duplicate_of"
        case createdAt = "created_at"
        case updatedAt = "updated_at"
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(document.id, forKey: .documentID)
        try container.encode(document.status, forKey: .status)
        try container.encodeIfPresent(submission?.outcome, forKey: .outcome)
        try container.encodeIfPresent(submission?.original, forKey: .duplicateOf)
        try container.encode(document.source, forKey: .source)
        try container.encodeIfPresent(document.title, forKey: .title)
        try container.encode(collection, forKey: .collection)
        try container.encode(document.presentPassages, forKey: .passages)
        try container.encode(document.bytes, forKey: .bytes)
        try container.encode(document.warnings + losses, forKey: .warnings)
        try container.encodeIfPresent(document.problem, forKey: .problem)
        try container.encode(document.metadata, forKey: .metadata)
        try container.encode(document.createdAt.iso8601, forKey: .createdAt)
        try container.encode(document.updatedAt.iso8601, forKey: .updatedAt)
    }

    /// What is missing of a document that was read.
    private var losses: [String] {
        let gone = document.passages - document.presentPassages
        guard document.status == .ready, gone > 0 else { return [] }
        return [
            "\(gone) of its \(document.passages) passages are gone: the collection's capacity or time to live took them, or they were deleted."
        ]
    }
}
