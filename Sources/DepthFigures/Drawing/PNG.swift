import CZlib
public import Foundation

/// Writes figures as PNG (ISO/IEC 15948): eight bits a colour, no transparency.
public enum PNG {
    /// The most pixels of a picture: beyond that, memory and viewers give in.
    static let mostPixels = 64_000_000

    /// A file of its own, on white, two pixels to a point; nil for a figure too large for that, which only SVG holds.
    public static func file(_ figure: Figure) -> Data? {
        let (columns, rows) = (Raster.pixels(figure.width), Raster.pixels(figure.height))
        guard columns > 0, rows > 0, columns.multipliedReportingOverflow(by: rows).partialValue <= mostPixels,
            let compressed = compressed(filtered(Raster(figure)))
        else { return nil }
        var file = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
        // Eight bits, red, green and blue; the one compression, the one set of filters, no interlacing.
        file += chunk("IHDR", bytes(UInt32(columns)) + bytes(UInt32(rows)) + [8, 2, 0, 0, 0])
        let perMetre = UInt32((Double(Raster.scale) * 72 / 0.0254).rounded())
        file += chunk("pHYs", bytes(perMetre) + bytes(perMetre) + [1])
        file += chunk("IDAT", compressed)
        file += chunk("IEND", [])
        return file
    }

    /// The rows of a picture, each less the row above (filter type 2), behind the filter's number: cells become zeros.
    private static func filtered(_ raster: Raster) -> [UInt8] {
        let length = raster.width * 3
        var filtered = [UInt8]()
        filtered.reserveCapacity(raster.height * (length + 1))
        raster.pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<raster.height {
                filtered.append(2)
                for place in row * length..<(row + 1) * length {
                    filtered.append(row == 0 ? pixels[place] : pixels[place] &- pixels[place - length])
                }
            }
        }
        return filtered
    }

    private static func compressed(_ bytes: [UInt8]) -> [UInt8]? {
        var length = compressBound(UInt(bytes.count))
        var result = [UInt8](repeating: 0, count: Int(length))
        guard compress2(&result, &length, bytes, UInt(bytes.count), Z_BEST_COMPRESSION) == Z_OK else {
            return nil
        }
        result.removeSubrange(Int(length)...)
        return result
    }

    private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
        let checked = Array(name.utf8) + body
        return bytes(UInt32(body.count)) + checked + bytes(UInt32(crc32(0, checked, UInt32(checked.count))))
    }

    private static func bytes(_ number: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
    }
}
