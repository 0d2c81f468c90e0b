// What stands in a query, and what is none.
import Testing

@testable import Wire

@Suite struct PercentEncodingTests {
  @Test(arguments: [
    ("a=1", "1"), ("b=2&a=1", "1"), ("a=Basic%20x%3D%3D~1", "Basic x==~1"), ("a=", ""), ("a=1&a=2", "1"), ("a=%C3%A4", "ä"),
    ("aa=1", nil), ("", nil), ("a", nil), ("a=%", nil), ("a=%zz", nil), ("a=%C3", nil),
  ])
  func theValueOfAName(query: String, value: String?) { #expect(PercentEncoding.value(of: "a", in: query) == value) }

  @Test func withoutAQuery() { #expect(PercentEncoding.value(of: "a", in: nil) == nil) }
}
