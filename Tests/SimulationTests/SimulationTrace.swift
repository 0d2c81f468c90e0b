// What happened in a simulation, line by line.

/// The lines of a simulation that is played to be read; otherwise nothing is kept.
struct SimulationTrace {
  let isKept: Bool
  private(set) var lines: [String] = []

  init(isKept: Bool) { self.isKept = isKept }

  mutating func add(_ line: @autoclosure () -> String) { if isKept { lines.append(line()) } }
}
