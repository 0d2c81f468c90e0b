// What an impaired path does.
import Basics
import Testing
import Transport

@testable import MockPeer

@Suite("Impaired path")
struct ImpairedPathTests {
  private static let start = MonotonicInstant(sinceStart: .seconds(1))
  private static let path = PeerPath(socket: 0, remote: DatagramAddress(host: "192.0.2.1", port: 9)!)

  private static func item(_ number: Int, bytes: Int = 2) -> ImpairedPath.Item {
    var datagram = [UInt8](repeating: 0, count: bytes)
    datagram.setUInt16(UInt16(number), at: 0)
    return .init(datagram: datagram, path: path)
  }

  /// Sends one datagram a millisecond; gives the numbers in the order in which they arrive, with their times.
  private static func run(
    _ impairment: Impairment, _ direction: Impairment.Directions = .outgoing, count: Int = 1000, bytes: Int = 2
  ) -> [(number: Int, after: Duration)] {
    var path = ImpairedPath(impairment, direction)
    var arrived: [(Int, Duration)] = []
    for step in 0..<(count + 20_000) {
      let now = start.advanced(by: .milliseconds(step))
      var items = path.takeDue(now: now)
      if step < count { items += path.take(item(step, bytes: bytes), now: now).map { [$0] } ?? [] }
      arrived += items.map { (Int($0.datagram.uint16(at: 0)), start.duration(to: now)) }
      if step >= count && path.isEmpty { break }
    }
    return arrived
  }

  @Test func noneLetsEverythingPassAtOnce() {
    var path = ImpairedPath(.none, .outgoing)
    for number in 0..<100 { #expect(path.take(Self.item(number), now: Self.start) == Self.item(number)) }
    #expect(path.isEmpty && path.droppedCount == 0)
  }

  @Test func theSameSeedLosesTheSame() {
    let first = Self.run(Impairment(loss: 0.05, seed: 7)).map(\.number)
    #expect(first == Self.run(Impairment(loss: 0.05, seed: 7)).map(\.number))
    #expect(first != Self.run(Impairment(loss: 0.05, seed: 8)).map(\.number))
    #expect((900...990).contains(first.count))
    #expect(first == first.sorted())
  }

  @Test func aLossOfOneLosesAll() { #expect(Self.run(Impairment(loss: 1)).isEmpty) }

  @Test func delayMovesAndJitterSpreadsInOrder() {
    let delayed = Self.run(Impairment(delay: .milliseconds(50)))
    #expect(delayed.map(\.number) == Array(0..<1000))
    #expect(delayed.allSatisfy { $0.after - .milliseconds($0.number) == .milliseconds(50) })
    let spread = Self.run(Impairment(delay: .milliseconds(50), jitter: .milliseconds(30)))
    #expect(spread.map(\.number) == Array(0..<1000))
    let delays = Set(spread.map { $0.after - .milliseconds($0.number) })
    #expect(delays.count > 5 && delays.allSatisfy { $0 >= .milliseconds(50) && $0 <= .milliseconds(81) })
  }

  @Test func reorderedOnesAreOvertakenAndNoneIsLost() {
    let numbers = Self.run(Impairment(reordering: 0.1)).map(\.number)
    #expect(numbers != numbers.sorted() && numbers.sorted() == Array(0..<1000))
    let late = zip(numbers, numbers.dropFirst()).count { $0 > $1 }
    #expect((50...150).contains(late))
  }

  @Test func bandwidthSpreadsWhatIsSentAtOnce() {
    // 1000 bytes at 80 kbit/s take 100 ms each.
    var path = ImpairedPath(Impairment(bandwidth: 80_000), .outgoing)
    for number in 0..<3 { #expect(path.take(Self.item(number, bytes: 1000), now: Self.start) == nil) }
    let arrivals = [99, 100, 199, 200, 300].map { path.takeDue(now: Self.start.advanced(by: .milliseconds($0))).count }
    #expect(arrivals == [0, 1, 0, 1, 1])
  }

  @Test func theQueueForBandwidthIsLimitedInBytes() {
    var path = ImpairedPath(Impairment(bandwidth: 8_000), .outgoing)
    let fitting = Impairment.queueBytes / 1024
    for number in 0..<(fitting + 10) { _ = path.take(Self.item(number, bytes: 1024), now: Self.start) }
    #expect(path.waiting.count == fitting && path.droppedCount == 10)
  }

  @Test func whatIsOnTheWayIsLimitedInNumber() {
    var path = ImpairedPath(Impairment(delay: .seconds(1)), .outgoing)
    for number in 0..<(Impairment.queueDatagrams + 5) { _ = path.take(Self.item(number), now: Self.start) }
    #expect(path.waiting.count == Impairment.queueDatagrams && path.droppedCount == 5)
  }

  @Test func onlyTheChosenDirectionIsMet() {
    let impairment = Impairment(loss: 1, directions: .incoming)
    #expect(Self.run(impairment, .outgoing).count == 1000)
    #expect(Self.run(impairment, .incoming).isEmpty)
  }

  @Test func endingAnImpairmentKeepsTheOrder() {
    var path = ImpairedPath(Impairment(delay: .milliseconds(50)), .outgoing)
    #expect(path.take(Self.item(0), now: Self.start) == nil)
    path.set(.none)
    let soon = Self.start.advanced(by: .milliseconds(10))
    #expect(path.take(Self.item(1), now: soon) == nil)
    let due = path.takeDue(now: Self.start.advanced(by: .milliseconds(50)))
    #expect(due == [Self.item(0), Self.item(1)])
    #expect(path.take(Self.item(2), now: soon) == Self.item(2))
  }

  @Test func settingsAreKeptWithinTheirBounds() {
    let wild = Impairment(loss: .nan, delay: .seconds(-1), jitter: .seconds(99), reordering: 7, bandwidth: -3)
    #expect(wild.loss == 0 && wild.delay == .zero && wild.jitter == Impairment.maximumDelay)
    #expect(wild.reordering == 1 && wild.bandwidth == 1)
  }
}
