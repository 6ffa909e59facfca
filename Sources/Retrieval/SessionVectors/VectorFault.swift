package import ContextCore
import VectorSearch

/// Why one vector of an upload was rejected while the others were stored.
package enum VectorFault: Error, Hashable, Sendable {
    case dimensions(expected: Int, got: Int)
    case notFinite
    /// Only zeros: the cosine of the angle to nothing is undefined, so it could never be found.
    case zero
    case metadataTooLarge(bytes: Int, limit: Int)
    case idTooLong(bytes: Int, limit: Int)

    /// The sentence of the contract.
    package func sentence(for id: ClientID) -> String {
        "Vector \(id.text.clipped(to: 80)): \(reason)"
    }

    var reason: String {
        switch self {
        case .dimensions(let expected, let got): "Invalid dimensions: expected \(expected), got \(got)"
        case .notFinite: "Invalid vector values: contains NaN or Infinity"
        case .zero: "Invalid vector values: all zeros, which have no direction to compare"
        case .metadataTooLarge(let bytes, let limit): "Metadata too large: \(bytes) bytes (max: \(limit) bytes)"
        case .idTooLong(let bytes, let limit): "Id too long: \(bytes) bytes (max: \(limit) bytes)"
        }
    }
}

extension VectorFault {
    init(_ error: VectorError) {
        switch error {
        case .wrongDimension(let expected, let got): self = .dimensions(expected: expected, got: got)
        case .zero: self = .zero
        case .notFinite, .slotOutOfRange, .badSnapshot: self = .notFinite
        }
    }
}

extension ContextError {
    package static func uploadTooLarge(_ vectors: Int, limit: Int) -> ContextError {
        ContextError(.payloadTooLarge, "Upload batch size too large: \(vectors) vectors (max: \(limit))")
    }

    package static func sessionVectorLimit(_ limit: Int) -> ContextError {
        ContextError(.unprocessable, "Session vector limit reached: \(limit)")
    }

    package static func sessionVectorMemory(_ limit: Int) -> ContextError {
        ContextError(
            .overloaded,
            "Session vector memory is full: all sessions together hold \(limit) bytes at most. "
                + "Delete vectors or try again when other sessions have closed.",
            retryAfter: 10
        )
    }

    static let sessionClosed = ContextError(.conflict, "The session is closed, and its vectors are gone.")
}
