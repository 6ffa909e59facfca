import ContextCore
import FoundationEssentials
import HTTP

/// JSON of providers; what does not fit is a ``ModelError`` that quotes it.
enum ProviderJSON {
    private static let quotedBytes = 200

    static func encode(_ value: some Encodable, _ model: ModelName) throws(ModelError) -> [UInt8] {
        let encoder = JSONEncoder()
        // The same request has the same bytes: a provider's prompt cache, and ours, rest on that.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(value))
        } catch {
            throw ModelError(.unsupported, model, "The request can't be written as JSON: a number in it is not finite.")
        }
    }

    /// A number that is not finite becomes null; no setting and no JSON text has one.
    static func write(_ value: some JSONWritable) -> [UInt8] {
        var json = JSONWriter(capacity: 1_024)
        value.write(to: &json)
        return json.bytes
    }

    static func decode<Value: Decodable>(
        _ type: Value.Type,
        from bytes: some Collection<UInt8>,
        _ model: ModelName
    ) throws(ModelError) -> Value {
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw malformed(bytes, model)
        }
    }

    /// What `make` reads of a text that is one JSON value.
    ///
    /// Several times as fast as ``decode(_:from:_:)``, for what a stream has hundreds of.
    static func read<Value>(
        _ bytes: some Collection<UInt8>,
        _ model: ModelName,
        _ make: (inout JSONCursor) throws(JSONCursor.Refusal) -> Value
    ) throws(ModelError) -> Value {
        func read(_ bytes: UnsafeBufferPointer<UInt8>) -> Value? {
            var cursor = JSONCursor(bytes)
            guard let value = try? make(&cursor), (try? cursor.end()) != nil else { return nil }
            return value
        }
        let value = bytes.withContiguousStorageIfAvailable(read) ?? Array(bytes).withUnsafeBufferPointer(read)
        guard let value else { throw malformed(bytes, model) }
        return value
    }

    /// The answer, or an event of it, is something else than the format says.
    static func malformed(_ bytes: some Collection<UInt8>, _ model: ModelName) -> ModelError {
        let received = String(decoding: bytes.prefix(quotedBytes), as: UTF8.self)
        return ModelError(.malformed, model, "The answer does not fit the provider's format: “\(received)”")
    }

    /// A call's arguments for a format that wants an object.
    ///
    /// What is no object is told under `_malformed`: the model should see what it wrote.
    static func arguments(of call: ToolCall) -> JSONValue {
        guard !call.arguments.isEmpty else { return .emptyObject }
        let value = try? JSONDecoder().decode(JSONValue.self, from: Data(call.arguments.utf8))
        return value?.objectValue == nil ? ["_malformed": .string(call.arguments)] : value ?? .emptyObject
    }

    static func events(
        in bytes: [UInt8],
        _ parser: inout EventStreamParser,
        _ model: ModelName
    ) throws(ModelError) -> [ServerSentEvent] {
        do {
            return try parser.receive(bytes)
        } catch {
            throw ModelError(.malformed, model, "The answer has an event of more than \(error.limit) bytes.")
        }
    }
}
