// Stands for all tests while the headers they share are compiled.
int main() {
  return 0;
}
