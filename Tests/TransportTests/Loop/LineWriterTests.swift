// Lines that somebody reads late, or never.
import Glibc
import Testing

@testable import Transport

@Suite(.timeLimit(.minutes(2))) struct LineWriterTests {
  /// Both ends of a pipe of 4 KiB. The writing one stays open: a writer's thread outlives its test.
  private final class Pipe {
    let reading: Int32
    let writing: Int32
    private var text = ""

    init() {
      var ends: [Int32] = [0, 0]
      _ = ProcessLock.shared { pipe(&ends) }
      (reading, writing) = (ends[0], ends[1])
      // F_SETPIPE_SZ, which Glibc's module leaves out (fcntl(2)).
      #expect(fcntl(writing, 1031, 4096) == 4096)
    }

    /// Reads the next line, once there is one.
    func line() -> String {
      var block = [UInt8](repeating: 0, count: 4096)
      while true {
        if let end = text.firstIndex(of: "\n") {
          defer { text = String(text[text.index(after: end)...]) }
          return String(text[..<end])
        }
        let count = read(reading, &block, block.count)
        guard count > 0 else { return "" }
        text += String(decoding: block[..<count], as: UTF8.self)
      }
    }
  }

  private func writer(_ pipe: Pipe, bytes: Int = LineWriter.maximumBytes, every interval: Duration = .seconds(3600)) -> LineWriter {
    LineWriter(descriptor: pipe.writing, maximumBytes: bytes, interval: interval) { "lost \($0)\n" }
  }

  @Test func linesComeWholeAndInOrder() {
    let pipe = Pipe()
    let writer = writer(pipe)
    for number in 0..<1000 { writer.write("line \(number)\n") }
    for number in 0..<1000 { #expect(pipe.line() == "line \(number)") }
    #expect(writer.flush(within: .seconds(60)))
  }

  @Test func nobodyWaitsForAReaderAndWhatIsLostIsSaidWhereItIsMissing() {
    let pipe = Pipe()
    // It keeps several times what fits the pipe, and is given many times what fits both; nobody reads.
    let writer = writer(pipe, bytes: 100_000)
    for number in 0..<10_000 { writer.write("line \(number)\n") }
    #expect(!writer.flush(within: .milliseconds(10)))
    var (next, told) = (0, 0)
    while next < 10_000 {
      let line = pipe.line()
      if line.hasPrefix("lost ") {
        let count = Int(line.dropFirst(5)) ?? 0
        told += count
        next += count
      } else {
        #expect(line == "line \(next)")
        next += 1
      }
    }
    #expect(told > 5_000)
    writer.write("again\n")
    #expect(pipe.line() == "again")
  }

  @Test func ofAKindOneLineStandsForMany() {
    let pipe = Pipe()
    let writer = writer(pipe)
    for _ in 0..<100 { writer.write("a") { "a \($0)\n" } }
    writer.write("b") { "b \($0)\n" }
    #expect(writer.flush(within: .seconds(60)))
    #expect((1...3).map { _ in pipe.line() } == ["a 1", "b 1", "a 99"])
  }

  @Test func theCountComesByItselfOnceItsTimeHasCome() {
    let pipe = Pipe()
    let writer = writer(pipe, every: .milliseconds(20))
    for _ in 0..<1000 { writer.write("a") { "a \($0)\n" } }
    var count = 0
    while count < 1000 { count += Int(pipe.line().dropFirst(2)) ?? 0 }
    #expect(count == 1000)
  }

  @Test func kindsAreBounded() {
    let pipe = Pipe()
    let writer = writer(pipe)
    for kind in 0..<1000 { writer.write("\(kind)") { "\(kind) \($0)\n" } }
    #expect(writer.flush(within: .seconds(60)))
    let counts = (1...LineWriter.maximumKinds + 2).map { _ in Int(pipe.line().split(separator: " ").last ?? "") ?? 0 }
    #expect(counts == [Int](repeating: 1, count: LineWriter.maximumKinds + 1) + [999 - LineWriter.maximumKinds])
  }

  @Test func aReaderThatWentAwayIsNoReasonToWait() {
    let pipe = Pipe()
    signal(SIGPIPE, SIG_IGN)
    close(pipe.reading)
    let writer = writer(pipe)
    for number in 0..<1000 { writer.write("line \(number)\n") }
    #expect(writer.flush(within: .seconds(60)))
  }
}
