import CVectorKernels

/// The rows themselves: unit vectors as floats, and as 8-bit codes with a scale and an error bound, by slot.
///
/// | array | per slot | holds |
/// | --- | --- | --- |
/// | floats | `floatStride` × 4 bytes | the unit vector, padded with zeros |
/// | codes | `codeStride` bytes | round(x / scale) + 128, padded with 128 |
/// | scales | 4 bytes | the largest magnitude / 127 |
/// | errors | 4 bytes | the length of x - scale × (code - 128), rounded up |
/// | revisions | 4 bytes | counts the writes to a slot, so that a plan can tell that its row is gone |
struct VectorRows: ~Copyable {
    let dimension: Int
    let floatStride: Int
    let codeStride: Int
    /// One more than the highest slot ever written.
    private(set) var slots = 0
    private(set) var floats = AlignedBuffer<Float>()
    private var codes = AlignedBuffer<UInt8>()
    private var scales = AlignedBuffer<Float>()
    private var errors = AlignedBuffer<Float>()
    private var revisions = AlignedBuffer<UInt32>()

    init(dimension: Int) {
        self.dimension = dimension
        floatStride = Self.floatStride(dimension)
        codeStride = (dimension + Int(VS_CODE_BLOCK) - 1) / Int(VS_CODE_BLOCK) * Int(VS_CODE_BLOCK)
    }

    static func floatStride(_ dimension: Int) -> Int {
        (dimension + Int(VS_FLOAT_BLOCK) - 1) / Int(VS_FLOAT_BLOCK) * Int(VS_FLOAT_BLOCK)
    }

    /// What the kernels read; valid until rows are added.
    var view: vs_rows {
        vs_rows(
            floats: floats.base,
            codes: codes.base,
            scales: scales.base,
            errors: errors.base,
            dimension: UInt32(dimension),
            float_stride: UInt32(floatStride),
            code_stride: UInt32(codeStride)
        )
    }

    func floats(of slot: Int) -> UnsafeMutablePointer<Float> {
        floats.base + slot * floatStride
    }

    func revision(of slot: Int) -> UInt32 {
        revisions.base[slot]
    }

    var memoryUse: Int { memoryUse(slots: 0) }

    /// Bytes that are held when there is room for slots below `count`.
    func memoryUse(slots count: Int) -> Int {
        4 * floats.grown(toHold: count * floatStride) + codes.grown(toHold: count * codeStride)
            + 4 * (scales.grown(toHold: count) + errors.grown(toHold: count) + revisions.grown(toHold: count))
    }

    /// Makes room for slots below `count`.
    mutating func reserve(_ count: Int) {
        floats.reserve(count * floatStride)
        codes.reserve(count * codeStride)
        scales.reserve(count)
        errors.reserve(count)
        revisions.reserve(count)
    }

    /// Counts the slots below `count` in; rows that were never written are zero.
    mutating func extend(to count: Int) {
        guard count > slots else { return }
        reserve(count)
        slots = count
    }

    /// Stores a unit vector of `floatStride` numbers.
    mutating func write(_ unit: UnsafePointer<Float>, to slot: Int, with kernels: vs_kernels) {
        extend(to: slot + 1)
        floats(of: slot).update(from: unit, count: floatStride)
        encode(slot, with: kernels)
    }

    /// Computes codes, scale and error from the floats that are in place.
    mutating func encode(_ slot: Int, with kernels: vs_kernels) {
        kernels.encode(
            floats(of: slot),
            UInt32(floatStride),
            codes.base + slot * codeStride,
            UInt32(codeStride),
            scales.base + slot,
            errors.base + slot
        )
        revisions.base[slot] &+= 1
    }

    /// Whether the floats in place are a unit vector.
    func isUnit(_ slot: Int, with kernels: vs_kernels) -> Bool {
        kernels.is_unit(floats(of: slot), UInt32(floatStride))
    }
}
