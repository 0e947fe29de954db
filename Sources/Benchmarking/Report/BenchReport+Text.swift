extension BenchReport {
    /// The report as people read it, line by line.
    public var text: [String] {
        let steps = figures.stepMilliseconds.map { $0.text + [""] } ?? []
        return heading + [""] + table + [""] + steps + comparisons + ends
    }

    private var heading: [String] {
        let (tokens, rounds) = (figures.tokens, figures.rounds)
        return [
            "\(figures.model) on \(figures.processor)",
            "\(figures.kernels) kernels, \(figures.threads) threads; "
                + (rounds == 1 ? "one round" : "medians of \(rounds) rounds"),
            "memory reads at \(giga(figures.oneThreadBandwidth)) GB/s with 1 thread, "
                + "\(giga(figures.bandwidth)) GB/s with \(figures.threads)",
            "prefill of \(tokens.prompt) tokens, decode of \(tokens.decoded) after them, capacity 1 where none is said",
        ]
    }

    private var table: [String] {
        let columns = [
            "capacity", "realised", "prefill tok/s", "realised", "decode tok/s", "MB/token", "roofline",
            "reached",
        ]
        let rows = figures.capacities.map { row in
            [
                row.capacity.formatted(decimals: 4), row.prefillRealised.formatted(decimals: 4),
                row.prefill.formatted(decimals: 1), row.realised.formatted(decimals: 4),
                row.decode.formatted(decimals: 1),
                (row.bytes / 1e6).formatted(decimals: 1), row.roofline.formatted(decimals: 1),
                percent(row.reached),
            ]
        }
        return ([columns] + rows).map { cells in
            zip(cells, columns).map { $0.paddedLeft($1.count) }.joined(separator: "  ")
        }
    }

    private var comparisons: [String] {
        var all = pairs.map { ($0.label, $0.pair) }
        if let peer = figures.peer {
            all.append(("prefill against \(peer.name)", peer.prefill))
            let context = peer.decodesAfterPrompt ? "" : ", from an empty context"
            all.append(("decode against \(peer.name)\(context)", peer.decode))
        }
        return all.map { label, pair in
            let speeds =
                "\(pair.first.formatted(decimals: 1)) against \(pair.second.formatted(decimals: 1)) tok/s"
            return "\(labelled(label)) \(pair.ratio.formatted(decimals: 3)) x  (\(speeds))"
        }
    }

    private var ends: [String] {
        let prompt = figures.tokens.firstTokenPrompt
        var lines = [
            "\(labelled("first token of a \(prompt)-token prompt, whole process")) "
                + "\(figures.firstToken.formatted(decimals: 3)) s"
        ]
        if figures.shortHandedPasses > 0 {
            lines.append(
                "\(figures.shortHandedPasses) passes had fewer threads, because other programs wanted the processors"
            )
        }
        for resident in [figures.resident, figures.longResident].compactMap({ $0 }) {
            let name = "resident beyond file and cache, \(resident.contextTokens) tokens of chat"
            lines.append(
                "\(labelled(name)) \(mega(resident.own + resident.program)) MB  "
                    + "(\(mega(resident.own)) of its own, \(mega(resident.program)) of program and libraries)"
            )
        }
        return lines
    }

    private func labelled(_ name: String) -> String { name.paddedRight(56) }
    private func giga(_ bytes: Double) -> String { (bytes / 1e9).formatted(decimals: 1) }
    private func mega(_ bytes: Int) -> String { (Double(bytes) / 1e6).formatted(decimals: 1) }
    private func percent(_ share: Double) -> String { (100 * share).formatted(decimals: 0) + " %" }
}

extension StepMilliseconds {
    /// A row for each policy, with its histogram: the denser a sign, the more tokens took so long.
    package var text: [String] {
        let end = binStart + binWidth * Double(Self.binCount - 1)
        let bounds =
            "\(binStart.formatted(decimals: 2)) to \(end.formatted(decimals: 2)) ms, then all beyond"
        let title = "ms a decoded token, capacity \(capacity.formatted(decimals: 2))"
        let head = title.paddedRight(36) + ["p50", "p99", "max"].map { $0.paddedLeft(9) }.joined()
        return ["\(head)  \(bounds)"]
            + policies.map { row in
                let name = row.policy + (row.window.map { " of \($0) tokens" } ?? "")
                let figures = [row.p50, row.p99, row.max].map {
                    $0.formatted(decimals: 3).paddedLeft(9)
                }
                return name.paddedRight(36) + figures.joined() + "  |" + Self.signs(row.counts) + "|"
            }
    }

    /// From none to the most that one bin has. By the root of the count, so that a few are seen beside many.
    private static func signs(_ counts: [Int]) -> String {
        let ramp = Array(" .:-=+*#%@")
        let most = max(1, counts.max() ?? 1)
        return String(
            counts.map { count in
                let share = (Double(count) / Double(most)).squareRoot()
                return ramp[Int((share * Double(ramp.count - 1)).rounded(.up))]
            })
    }
}
