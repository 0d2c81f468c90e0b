// Which URLs name a Redis server.
import Testing

@testable import LedgerRedis

@Suite struct RedisAddressTests {
  @Test(arguments: [
    ("redis://localhost", RedisAddress(.tcp(host: "localhost", port: 6379))),
    ("redis://10.0.0.1:7000/2", RedisAddress(.tcp(host: "10.0.0.1", port: 7000), database: 2)),
    ("redis://relay@db.example", RedisAddress(.tcp(host: "db.example", port: 6379), user: "relay")),
    ("redis://[::1]:7000/", RedisAddress(.tcp(host: "::1", port: 7000))),
    ("redis+unix:///run/redis.sock", RedisAddress(.unix(path: "/run/redis.sock"))),
    ("redis+unix:///run/redis.sock?db=4", RedisAddress(.unix(path: "/run/redis.sock"), database: 4)),
  ])
  func reads(url: String, address: RedisAddress) throws {
    #expect(try RedisAddress(url: url) == address)
  }

  @Test(arguments: [
    "redis://", "redis://:6379", "redis://h:0", "redis://h:65536", "redis://h:x", "redis://h/x", "redis://h/-1",
    "redis://h/0?x", "redis://h h", "redis://::1:5", "redis://[::1]x", "redis+unix://relative", "redis+unix:///s?x=1",
    "rediss://h", "http://h", "", "redis://h/1/2", "redis+unix:///\(String(repeating: "x", count: 108))",
  ])
  func refuses(url: String) { #expect(throws: RedisAddress.Refusal.self) { try RedisAddress(url: url) } }

  @Test func aPasswordIsRefusedAndNotRepeated() {
    do {
      _ = try RedisAddress(url: "redis://u:canary@h")
      Issue.record("a password in the URL was taken")
    } catch { #expect(!"\(error)".contains("canary")) }
  }

  @Test func saysWhatStaysOnTheMachine() throws {
    #expect(try RedisAddress(url: "redis+unix:///s").isLocal && RedisAddress(url: "redis://127.0.0.1").isLocal)
    #expect(try !RedisAddress(url: "redis://db.example").isLocal)
  }
}
