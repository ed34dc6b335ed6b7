/** Stylesheets are bundled as text; each view's shadow root holds them in a <style>. */
declare module "*.css" {
  const text: string;
  export default text;
}
