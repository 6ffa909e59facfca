internal import CTransformerKernels

/// The instruction sets that the encoder's kernels are compiled for, slowest first.
///
/// They agree up to the rounding of 32-bit sums: vectors differ by less than one in a million.
package enum EncoderInstructions: CaseIterable, Sendable {
    case portable, avx2, avx512

    /// Those that this processor and this build can run; `portable` always is among them.
    package static var available: [EncoderInstructions] {
        allCases.filter { $0.kernels != nil }
    }

    private var kernels: UnsafePointer<transformer_kernels>? {
        switch self {
        case .portable: transformer_kernels_for(transformer_portable)
        case .avx2: transformer_kernels_for(transformer_avx2)
        case .avx512: transformer_kernels_for(transformer_avx512)
        }
    }

    /// The kernels of `wanted`, or else the fastest there are.
    static func kernels(_ wanted: EncoderInstructions?) -> transformer_kernels {
        let choices = CollectionOfOne(wanted).compactMap(\.self) + allCases.reversed()
        guard let kernels = choices.lazy.compactMap(\.kernels).first else {
            preconditionFailure("the portable kernels are part of every build")
        }
        return kernels.pointee
    }
}
