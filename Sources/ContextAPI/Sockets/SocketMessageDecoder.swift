import CJSONScanner
import ContextCore
import ContextEngine
import Retrieval

/// Reads a client's message in one pass over its bytes.
///
/// The members of a message come in any order, and its type may come last. So `vectors` is read into rows as soon as it is
/// met, and of every other member only where it lies; what the members mean is decided when all are known. Names are
/// taken in camel case and in snake case. Unknown members are passed over, so that newer clients work; an unknown type is an
/// error that names it.
struct SocketMessageDecoder {
    let dimensions: Int
    let vectors: SessionVectorLimits
    var limits = SocketLimits()

    func decode(_ bytes: [UInt8]) throws(RefusedMessage) -> SocketMessage {
        let result: Result<SocketMessage, RefusedMessage> = bytes.withUnsafeBytes { bytes in
            Result { () throws(RefusedMessage) in try decode(bytes) }
        }
        return try result.get()
    }

    private func decode(_ bytes: UnsafeRawBufferPointer) throws(RefusedMessage) -> SocketMessage {
        var fields = MessageFields()
        var upload = UploadReader(dimensions: dimensions, limits: vectors)
        var reader = JSONReader(bytes)
        do throws(JSONMalformed) {
            guard reader.kind() == json_object else {
                throw JSONMalformed(fault: json_unexpected, position: reader.position)
            }
            try reader.forEachMember { (name, reader) throws(JSONMalformed) in
                if name == "vectors", reader.kind() == json_array, fields.claim(name) {
                    try upload.read(&reader)
                } else {
                    try fields.read(name, &reader)
                }
            }
            try reader.end()
        } catch {
            let error = ContextError(.invalidJSON, "The message is not a valid JSON object: \(error.reason).")
            throw RefusedMessage(reference: fields.readableReference(limit: limits.idBytes), error: error)
        }
        do throws(ContextError) {
            let reference = try fields.reference(limit: limits.idBytes)
            return SocketMessage(reference: reference, content: try content(fields, upload))
        } catch {
            throw RefusedMessage(reference: fields.readableReference(limit: limits.idBytes), error: error)
        }
    }

    private func content(_ fields: MessageFields, _ upload: UploadReader) throws(ContextError) -> SocketMessage.Content
    {
        try fields.check()
        guard let name = try fields.string("type") else {
            throw .invalid("type", "type is required: one of \(MessageType.list).")
        }
        guard let type = MessageType(name) else {
            throw .invalid("type", "Unknown message type “\(name.clipped(to: 40))”; use one of \(MessageType.list).")
        }
        switch type {
        case .initialize:
            let id = try fields.id("sessionId", limit: limits.idBytes)
            return .initialize(SessionInitialization(sessionID: id, enablesRAG: try fields.flag("enableRag")))
        case .upload: return .upload(try upload.message(replaces: try fields.flag("replace") ?? false, fields))
        case .search: return .search(try search(fields))
        case .delete: return .delete(try ids(fields))
        case .ping: return .ping
        case .prompt: return .prompt(try PromptReader(limits: limits, vectors: vectors).prompt(fields))
        case .cancel: return .cancel
        }
    }

    private func search(_ fields: MessageFields) throws(ContextError) -> SearchMessage {
        SearchMessage(
            vector: try fields.vector("queryVector", dimensions: dimensions),
            count: try fields.integer("k", in: vectors.neighbours) ?? limits.defaultNeighbours,
            threshold: try fields.number("threshold", in: 0...1).map { Float($0) },
            filter: try fields.filter("metadataFilter", limit: limits.filterBytes)
        )
    }

    private func ids(_ fields: MessageFields) throws(ContextError) -> [ClientID] {
        guard let value = fields["ids"], value.kind == json_array else {
            throw .invalid(
                "ids",
                "ids must be an array of strings or numbers, not \(fields["ids"]?.what ?? "missing")."
            )
        }
        var ids: [ClientID] = []
        var stranger: String?
        var reader = value.reader
        // The slice was checked when it was read, so walking it again meets no fault.
        try? reader.forEachElement { (reader) throws(JSONMalformed) in
            let element = try reader.value()
            if let id = element.clientID { ids.append(id) } else { stranger = stranger ?? element.what }
        }
        if let stranger { throw .invalid("ids", "ids must be an array of strings or numbers; it has \(stranger).") }
        guard ids.count <= vectors.vectorsPerSession else {
            throw .invalid("ids", "ids has \(ids.count) ids (max: \(vectors.vectorsPerSession)).")
        }
        return ids
    }
}

/// The types of messages, by their names on the wire.
enum MessageType: String, CaseIterable {
    case initialize = "session_init"
    case upload = "uploadVectors"
    case search = "searchVectors"
    case delete = "deleteVectors"
    case ping
    case prompt
    case cancel = "stream_cancel"

    init?(_ name: String) {
        let name = name.camelCased
        guard name != "inference" else {
            self = .prompt
            return
        }
        guard let type = Self.allCases.first(where: { $0.rawValue.camelCased == name }) else { return nil }
        self = type
    }

    static let list = (allCases.map(\.rawValue) + ["inference"]).joined(separator: ", ")
}

extension String {
    /// `request_id` as `requestId`; a name without underscores as it is.
    var camelCased: String {
        guard utf8.contains(UInt8(ascii: "_")) else { return self }
        let words = split(separator: "_", omittingEmptySubsequences: true)
        return (words.first.map(String.init) ?? "")
            + words.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }
}
