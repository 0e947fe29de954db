import MoDModel
import ModelWorkshop

/// Prefill and decode at one capacity, beside what memory allows for the bytes that capacity reads.
struct CapacityRow {
    let capacity: Capacity
    /// Realised capacity of the prompt, and of the tokens decoded.
    let prefillRealised: Double
    let realised: Double
    /// Bytes of weights, and of keys and values, that a decoded token must read, the mean of those decoded.
    let weightBytes: Double
    let cacheBytes: Double
    /// Tokens a second.
    private(set) var prefill = Samples()
    private(set) var decode = Samples()
    /// What all threads read of memory, in bytes a second, right before each decode.
    private(set) var bandwidth = Samples()

    /// Runs once without a clock: what is read depends on the routes alone, which are the same in every round.
    init(_ capacity: Capacity, on bed: BenchBed) throws {
        self.capacity = capacity
        let session = bed.session
        session.capacity = capacity
        session.truncate(to: 0)
        var meter = ReadMeter(session.model)
        var prompt = ReadMeter(session.model)
        for chunk in session.chunks(of: bed.prompt.indices) {
            try session.forward(bed.prompt[chunk], logits: .none)
            for row in 0..<chunk.count {
                let routing = session.routing(row: row)
                meter.cache(routing)
                prompt.read(routing)
            }
        }
        for token in bed.continuation {
            try session.forward([token], logits: .last)
            meter.read(session.routing(row: 0))
        }
        prefillRealised = prompt.realisedCapacity
        realised = meter.realisedCapacity
        weightBytes = Double(meter.weightBytes) / Double(meter.count)
        cacheBytes = Double(meter.cacheBytes) / Double(meter.count)
    }

    mutating func measure(on bed: BenchBed) throws {
        prefill.append(try bed.session.prefill(bed.prompt, at: capacity))
        bandwidth.append(try bed.memory.measure(threads: bed.session.threadCount))
        decode.append(try bed.session.decode(bed.continuation, at: capacity))
    }

    var bytes: Double { weightBytes + cacheBytes }

    /// Tokens a second that reading alone would allow, round by round.
    var roofline: Samples { Samples(values: bandwidth.values.map { $0 / bytes }) }
}
