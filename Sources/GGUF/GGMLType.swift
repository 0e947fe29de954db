// The underscores are part of the names everyone knows these formats by.
// swift-format-ignore: AlwaysUseLowerCamelCase
/// How the numbers of a tensor are stored: ggml's types, under ggml's names and numbers.
///
/// Intermediate formats that never appear in files (Q8_1, Q8_K) are not among them.
public enum GGMLType: UInt32, Sendable, CaseIterable {
    /// 32-bit floats.
    case f32 = 0
    /// IEEE half-precision floats.
    case f16 = 1
    /// 32 weights of 4 bits with an fp16 scale.
    case q4_0 = 2
    /// 32 weights of 4 bits with an fp16 scale and minimum.
    case q4_1 = 3
    /// 32 weights of 5 bits with an fp16 scale.
    case q5_0 = 6
    /// 32 weights of 5 bits with an fp16 scale and minimum.
    case q5_1 = 7
    /// 32 weights of 8 bits with an fp16 scale.
    case q8_0 = 8
    /// 256 weights of 2 bits, scales and minima of 4 bits for every 16.
    case q2_k = 10
    /// 256 weights of 3 bits, scales of 6 bits for every 16.
    case q3_k = 11
    /// 256 weights of 4 bits, scales and minima of 6 bits for every 32.
    case q4_k = 12
    /// 256 weights of 5 bits, scales and minima of 6 bits for every 32.
    case q5_k = 13
    /// 256 weights of 6 bits, scales of 8 bits for every 16.
    case q6_k = 14
    /// A 2-bit codebook format.
    case iq2_xxs = 16
    /// A 2-bit codebook format.
    case iq2_xs = 17
    /// A 3-bit codebook format.
    case iq3_xxs = 18
    /// A 1.5-bit codebook format.
    case iq1_s = 19
    /// 32 weights of 4 bits on a non-linear grid.
    case iq4_nl = 20
    /// A 3-bit codebook format.
    case iq3_s = 21
    /// A 2-bit codebook format.
    case iq2_s = 22
    /// 256 weights of 4 bits on a non-linear grid.
    case iq4_xs = 23
    /// 8-bit integers.
    case i8 = 24
    /// 16-bit integers.
    case i16 = 25
    /// 32-bit integers.
    case i32 = 26
    /// 64-bit integers.
    case i64 = 27
    /// 64-bit floats.
    case f64 = 28
    /// A 1.75-bit codebook format.
    case iq1_m = 29
    /// bfloat16: the upper half of a 32-bit float.
    case bf16 = 30
    /// Ternary weights, 1.69 bits each.
    case tq1_0 = 34
    /// Ternary weights, 2.06 bits each.
    case tq2_0 = 35
    /// 32 weights of 4 bits in the OCP microscaling format.
    case mxfp4 = 39

    /// Numbers in a block of this type, by which ggml means those that are stored together, with their scales: 1, 32
    /// or 256. A row of a tensor is a whole number of blocks.
    public var blockLength: Int {
        switch self {
        case .f32, .f16, .bf16, .f64, .i8, .i16, .i32, .i64: 1
        case .q4_0, .q4_1, .q5_0, .q5_1, .q8_0, .iq4_nl, .mxfp4: 32
        default: 256
        }
    }

    /// Bytes of a block of `blockLength` numbers, scales included.
    public var blockBytes: Int {
        switch self {
        case .i8: 1
        case .f16, .bf16, .i16: 2
        case .f32, .i32: 4
        case .f64, .i64: 8
        case .mxfp4: 17
        case .q4_0, .iq4_nl: 18
        case .q4_1: 20
        case .q5_0: 22
        case .q5_1: 24
        case .q8_0: 34
        case .iq1_s: 50
        case .tq1_0: 54
        case .iq1_m: 56
        case .iq2_xxs, .tq2_0: 66
        case .iq2_xs: 74
        case .iq2_s: 82
        case .q2_k: 84
        case .iq3_xxs: 98
        case .q3_k, .iq3_s: 110
        case .iq4_xs: 136
        case .q4_k: 144
        case .q5_k: 176
        case .q6_k: 210
        }
    }
}
