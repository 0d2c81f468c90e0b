// Messages a second: bursts, refusals, and the end of patience.
import Basics
import Testing
import Transport

@testable import RelayServer

@Suite struct ConnectionConductTests {
  private func at(_ seconds: Double) -> MonotonicInstant { MonotonicInstant(sinceStart: .seconds(seconds)) }

  private func conduct(perSecond: Int, burst: Int, isStranger: Bool = false) throws -> ConnectionConduct {
    let guards = try ConnectionLimits(
      ConfigurationSources(flags: [.limitMessagesPerSecond: .int(perSecond), .limitMessageBurst: .int(burst)]))
    return ConnectionConduct(try #require(PeerNetwork(address: "192.0.2.1")), guards, isStranger: isStranger, at: at(0))
  }

  @Test func aBurstIsReadAndThenTheRateHolds() throws {
    var conduct = try conduct(perSecond: 10, burst: 5)
    for _ in 1...5 { #expect(conduct.message(at: at(0)) == .read) }
    #expect(conduct.message(at: at(0)) == .refuse(wait: .milliseconds(100)))
    #expect(conduct.message(at: at(0.1)) == .read)
  }

  @Test func whoGoesOnIsClosed() throws {
    var conduct = try conduct(perSecond: 1, burst: 1)
    #expect(conduct.message(at: at(0)) == .read)
    let refusals = (1...1000).prefix { _ in conduct.message(at: at(0)) != .close }.count
    #expect(refusals == Int(ConnectionConduct.toleratedRefusals))
  }

  @Test func whoIsRefusedNowAndThenIsForgiven() throws {
    var conduct = try conduct(perSecond: 1, burst: 1)
    for second in 0..<2000 {
      let now = at(Double(second))
      #expect(conduct.message(at: now) == .read)
      #expect(conduct.message(at: now) != .close)
    }
  }

  @Test func aStrangerMaySendLittleUntilAGoodTokenCame() throws {
    var conduct = try conduct(perSecond: 0, burst: 1000, isStranger: true)
    let read = (1...1000).prefix { _ in conduct.message(at: at(0)) == .read }.count
    #expect(read == Int(ConnectionConduct.strangersMessageBurst))
    let refused = (1...1000).prefix { _ in conduct.message(at: at(0)) != .close }.count
    // The one that ended the first count was refused too.
    #expect(refused + 1 == Int(ConnectionConduct.strangersRefusals))
    conduct.welcome(at: at(0))
    #expect(!conduct.isStranger)
    for _ in 1...10_000 { #expect(conduct.message(at: at(0)) == .read) }
  }

  @Test func aTighterLimitHoldsForStrangersToo() throws {
    var conduct = try conduct(perSecond: 1, burst: 2, isStranger: true)
    for _ in 1...2 { #expect(conduct.message(at: at(0)) == .read) }
    #expect(conduct.message(at: at(0)) == .refuse(wait: .seconds(1)))
  }

  @Test func malformedMessagesOfAStrangerStillCount() throws {
    var conduct = try conduct(perSecond: 0, burst: 1, isStranger: true)
    for _ in 1..<Int(ConnectionConduct.toleratedErrors) {
      let isLast = conduct.error(at: at(0))
      #expect(!isLast)
    }
    conduct.welcome(at: at(0))
    let isLast = conduct.error(at: at(0))
    #expect(isLast)
  }

  @Test func oneMalformedMessageAMinuteIsForgivenForEver() throws {
    var conduct = try conduct(perSecond: 0, burst: 1)
    for minute in 0..<1000 {
      let isLast = conduct.error(at: at(Double(minute) * 60))
      #expect(!isLast)
    }
    for number in 1...Int(ConnectionConduct.toleratedErrors) {
      let isLast = conduct.error(at: at(1000 * 60))
      #expect(isLast == (number == Int(ConnectionConduct.toleratedErrors)))
    }
  }

  @Test func withoutALimitAllIsRead() throws {
    var conduct = try conduct(perSecond: 0, burst: 1)
    for _ in 1...10_000 { #expect(conduct.message(at: at(0)) == .read) }
  }
}
