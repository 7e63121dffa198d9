using TaskBot.Workspaces.Search;

namespace TaskBot.Workspaces.Tests.Search;

public sealed class DeclarationsTests
{
    [Theory]
    [InlineData("a.cs", "namespace N;|public class A<T> : B|{|    public async Task<int> RunAsync(int x)|    int Sum(int a) => a;|    if (x) {|    return Foo(x);|    var y = Bar(1);|record R(int X);|enum E { X }", "N,A,RunAsync,Sum,R,E")]
    [InlineData("A.java", "public final class A {|  private static <T> List<T> make(int n) {|    foo(x);|interface B {}|  if (x) {", "A,make,B")]
    [InlineData("a.kt", "data class P(val x: Int)|private suspend fun <T> load(x: T) {|object O|fun String.shout() = this", "P,load,O,shout")]
    [InlineData("a.swift", "public struct S {|  func go(_ x: Int) -> Int {|protocol P {}", "S,go,P")]
    [InlineData("a.ts", "export default class A {|  async load(id: string): Promise<void> {|export const f = async (x) => x;|interface I {}|type T = string;|function* g() {}|  if (x) {|foo(bar);", "A,load,f,I,T,g")]
    [InlineData("a.py", "class A(B):|    async def go(self):|LIMIT = 3|x = 4", "A,go,LIMIT")]
    [InlineData("a.go", "func (s *Server) Serve(x int) error {|type T struct {|func main() {|\tgo f()", "Serve,T,main")]
    [InlineData("a.rs", "pub(crate) async fn go<T>(x: T) {|impl<T> Display for Thing<T> {|struct S;|macro_rules! m {", "go,Thing,S,m")]
    [InlineData("a.cpp", "class A : public B {|int A::sum(int x) {|#define MAX 3|  return f(x);|static void go(void)", "A,sum,MAX,go")]
    [InlineData("a.rb", "module M|  class C < D|    def self.go?(x)", "M,C,go?")]
    [InlineData("a.php", "final class A|{|    public static function go($x)", "A,go")]
    [InlineData("a.sh", "function build {|test_all() {", "build,test_all")]
    [InlineData("a.txt", "class A", "")]
    public void Definitions_are_found_by_the_look_of_their_lines(string path, string lines, string names) =>
        string.Join(',', Declarations.Read(path, lines.Split('|')).Select(declaration => declaration.Name)).ShouldBe(names);

    [Theory]
    [InlineData("HTTPServerError_code2", "http,server,error,code2,httpservererror_code2")]
    [InlineData("categories", "category")]
    [InlineData("parseJSON", "parse,json,parsejson")]
    [InlineData("42", "")]
    public void Names_are_known_whole_and_in_parts(string name, string terms)
    {
        var found = new List<string>();
        Terms.Of(name, (term, _) => found.Add(term));
        string.Join(',', found).ShouldBe(terms);
    }
}
