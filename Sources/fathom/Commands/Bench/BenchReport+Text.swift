extension BenchReport {
    /// The report as people read it, line by line.
    var text: [String] {
        heading + [""] + table + [""] + pairs + ends
    }

    private var heading: [String] {
        [
            "\(model) on \(processor)",
            "\(kernels) kernels, \(threads) threads; \(rounds == 1 ? "one round" : "medians of \(rounds) rounds")",
            "memory reads at \(giga(oneThreadBandwidth)) GB/s with 1 thread, "
                + "\(giga(bandwidth)) GB/s with \(threads)",
            "prefill of \(tokens.prompt) tokens, decode of \(tokens.decoded) after them, capacity 1 where none is said",
        ]
    }

    private var table: [String] {
        let columns = [
            "capacity", "realised", "prefill tok/s", "realised", "decode tok/s", "MB/token", "roofline",
            "reached",
        ]
        let rows = capacities.map { row in
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

    private var pairs: [String] {
        var lines = [String]()
        func add(_ name: String, _ pair: Pair?) {
            guard let pair else { return }
            let speeds =
                "\(pair.first.formatted(decimals: 1)) against \(pair.second.formatted(decimals: 1)) tok/s"
            lines.append("\(labelled(name)) \(pair.ratio.formatted(decimals: 3)) x  (\(speeds))")
        }
        add("prefill, capacity 0.5 against 1", halfPrefill)
        add("decode after \(tokens.deep) tokens against \(tokens.shallow)", deepDecode)
        add("prefill, \(threads) threads against 1", threadsPrefill)
        add("decode, \(threads) threads against 1", threadsDecode)
        add("decode by engine and sampler against bare", engineDecode)
        add("decode with the chat's screen against without", chatDecode)
        if let peer {
            add("prefill against \(peer.name)", peer.prefill)
            let context = peer.decodesAfterPrompt ? "" : ", from an empty context"
            add("decode against \(peer.name)\(context)", peer.decode)
        }
        return lines
    }

    private var ends: [String] {
        var lines = [
            "\(labelled("first token of a \(tokens.firstTokenPrompt)-token prompt, whole process")) "
                + "\(firstToken.formatted(decimals: 3)) s"
        ]
        if shortHandedPasses > 0 {
            lines.append(
                "\(shortHandedPasses) passes had fewer threads, because other programs wanted the processors")
        }
        for resident in [resident, longResident].compactMap({ $0 }) {
            let name = "resident beyond file and cache, \(resident.contextTokens) tokens of chat"
            lines.append(
                "\(labelled(name)) \(mega(resident.own + resident.program)) MB  "
                    + "(\(mega(resident.own)) of its own, \(mega(resident.program)) of program and libraries)"
            )
        }
        return lines
    }

    private func labelled(_ name: String) -> String {
        name + String(repeating: " ", count: max(0, 56 - name.count))
    }

    private func giga(_ bytes: Double) -> String { (bytes / 1e9).formatted(decimals: 1) }
    private func mega(_ bytes: Int) -> String { (Double(bytes) / 1e6).formatted(decimals: 1) }
    private func percent(_ share: Double) -> String { (100 * share).formatted(decimals: 0) + " %" }
}
