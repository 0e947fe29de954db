import MoDModel
import ModelWorkshop

/// What the tokens of a benchmark do and read at one capacity.
struct CapacityCost {
    let capacity: Capacity
    /// Realised capacity of the prompt.
    let prefillRealised: Double
    /// Realised capacity of the tokens decoded.
    let realised: Double
    /// Bytes of weights that a decoded token must read, the mean of those decoded.
    let weightBytes: Double
    /// Bytes of keys and values that a decoded token must read, the mean of those decoded.
    let cacheBytes: Double

    /// Runs once without a clock: what is read depends on the routes alone, which are the same in every round.
    init(of capacity: Capacity, on bed: BenchBed) throws(ModelError) {
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

    var bytes: Double { weightBytes + cacheBytes }
}

/// Prefill and decode at one capacity, and what memory gave between them.
struct CapacitySpeed {
    /// Tokens a second.
    let prefill: Double
    /// Tokens a second.
    let decode: Double
    /// What all threads read of memory, in bytes a second, right before decoding.
    let bandwidth: Double

    /// Measures once.
    init(at capacity: Capacity, on bed: BenchBed) throws(ModelError) {
        prefill = try bed.session.prefill(bed.prompt, at: capacity)
        bandwidth = try bed.memory.measure(threads: bed.session.threadCount)
        decode = try bed.session.decode(bed.continuation, at: capacity)
    }
}
