import CVectorKernels

/// The instruction sets that the kernels are compiled for, slowest first.
///
/// All of them give bit for bit the same answers.
package enum InstructionSet: CaseIterable, Sendable {
    case portable, avx2, avx512, avx512VNNI

    /// Those that this processor and this build can run; `portable` always is among them.
    package static var available: [InstructionSet] {
        allCases.filter { $0.kernels != nil }
    }

    var kernels: UnsafePointer<vs_kernels>? {
        switch self {
        case .portable: vs_kernels_for(VS_PORTABLE)
        case .avx2: vs_kernels_for(VS_AVX2)
        case .avx512: vs_kernels_for(VS_AVX512)
        case .avx512VNNI: vs_kernels_for(VS_AVX512_VNNI)
        }
    }

    /// The kernels of `wanted`, or else the fastest there are.
    static func kernels(_ wanted: InstructionSet?) -> vs_kernels {
        let choices = CollectionOfOne(wanted).compactMap(\.self) + allCases.reversed()
        guard let kernels = choices.lazy.compactMap(\.kernels).first else {
            preconditionFailure("the portable kernels are part of every build")
        }
        return kernels.pointee
    }
}
