document.getElementById("language").addEventListener("click", () => {
  document.documentElement.lang = document.documentElement.lang === "zh-CN" ? "en" : "zh-CN";
});
