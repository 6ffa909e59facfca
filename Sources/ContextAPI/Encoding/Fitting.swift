/// A number of a body that must fit its type, or several.
///
/// For one that doesn't (1.5 for an integer, 1e999) Foundation forgets where it stood and calls the whole body invalid JSON;
/// this names the member.
struct Fitting<Value: Decodable & Sendable>: Decodable, Sendable {
    let value: Value

    init(_ value: Value) { self.value = value }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do {
            value = try container.decode(Value.self)
        } catch let error as DecodingError where error.hasPlace {
            throw error
        } catch {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "is a number that does not fit: too large, or with a fraction"
            )
        }
    }
}

extension DecodingError {
    fileprivate var hasPlace: Bool {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            !context.codingPath.isEmpty
        @unknown default: false
        }
    }
}
